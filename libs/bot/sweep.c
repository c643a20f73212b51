/* A round of bots that rows of this schema belong to, each looked up at bot_store. */
#include "bot/sweep.h"

#include "base/log.h"
#include "bus/background.h"
#include "bus/client.h"
#include "chatsphere/v1/names.h"
#include "obs/metrics.h"
#include "pg/pg.h"

#include <stdio.h>

enum { ROUND = 64 };

static const char nobody[] = "00000000-0000-0000-0000-000000000000";

static const struct cs_stmt BOTS_HELD = {"bots_held",
                                         "select tenant_id, bot_id from bots_held($1, $2, $3)"};

/* Only the answer that it does not exist counts: a bot_store that is away says nothing about bots. */
static bool bot_is_gone(struct cs_call *call, const char *id)
{
    BotRequest req = BOT_REQUEST_INIT;
    Bot *bot;

    req.bot_id = (char *)(uintptr_t)id;
    bool gone = bot_store_get_bot(call, &req, &bot) < 0 && call->status == CS_NOT_FOUND;
    cs_ask_clear(call);
    return gone;
}

static void bot_erase(struct cs_call *call, const struct cs_bot_sweep *s)
{
    if (cs_background_wait(call->state, s->erase(call, s->bot, s->bot)) < 0) {
        cs_ask_clear(call); /* logged where it began; the next sweep finds it again */
        return;
    }
    cs_metric_add(
        cs_counter("cs_swept_bots_total", NULL, "Deleted bots whose event was missed, erased"), 1);
    cs_log(CS_WARN, "erased what was left of a deleted bot", "bot", s->bot, "tenant", s->tenant,
           NULL);
}

void cs_bot_sweep(struct cs_call *call, struct cs_bot_sweep *s)
{
    char(*pairs)[2][CS_ID_SIZE] = cs_alloc(call->arena, ROUND * sizeof(*pairs));
    PGresult *r;
    int n;

    cs_pg_begin(call->pg, NULL);
    r = cs_pg_last(call->pg, &BOTS_HELD, CS_S(*s->tenant ? s->tenant : nobody),
                   CS_S(*s->bot ? s->bot : nobody), CS_I(ROUND));
    if (!r) {
        cs_fail_pg(call);
        cs_ask_clear(call);
        return;
    }
    n = PQntuples(r) < ROUND ? PQntuples(r) : ROUND;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 2; k++)
            snprintf(pairs[i][k], CS_ID_SIZE, "%s", cs_pg_text(r, i, k));
    for (int i = 0; i < n; i++) {
        snprintf(s->tenant, CS_ID_SIZE, "%s", pairs[i][0]);
        snprintf(s->bot, CS_ID_SIZE, "%s", pairs[i][1]);
        call->tenant = s->tenant;
        if (bot_is_gone(call, s->bot))
            bot_erase(call, s);
    }
    call->tenant = NULL;
    if (n < ROUND)
        *s->tenant = *s->bot = '\0';
}
