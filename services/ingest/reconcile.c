/*
 * Reconciling: tickets get lost, processes die, uploads are given up. Every replica looks; rows
 * are taken with SKIP LOCKED and moved by guarded statements, so it does not matter who is first.
 */
#include "ingest/ingest.h"

#include "base/clock.h"
#include "base/log.h"
#include "bot/standing.h"
#include "bus/client.h"
#include "pg/pg.h"

#include <stdatomic.h>
#include <string.h>

enum { ACTIVE_MS = 60 * 1000 };

static int ticket_again(struct cs_call *call, const struct due *due, const char *verb)
{
    cs_pg_begin(call->pg, call->tenant);
    document_ticket(call, verb, due->bot, due->id, due->version);
    return store_commit(call);
}

static int give_up(struct cs_call *call, const struct due *due,
                   int (*fail)(struct cs_call *, const char *, struct document **))
{
    struct document *d;
    int r = fail(call, due->id, &d);

    if (r)
        return r == STORE_NONE ? 0 : r;
    erase_leftovers(call, d);
    document_event(call, d, "failed", NULL, 0);
    return store_commit(call);
}

static int due_settle(struct cs_call *call, const struct due *due)
{
    call->tenant = due->tenant;
    if (strcmp(due->what, "work") == 0)
        return ticket_again(call, due, "document");
    if (strcmp(due->what, "erase") == 0)
        return ticket_again(call, due, "erase");
    if (strcmp(due->what, "dead") == 0)
        return give_up(call, due, store_fail_dead);
    return give_up(call, due, store_fail_stale);
}

static atomic_llong touched_ms;

void reconcile_touch(void)
{
    atomic_store(&touched_ms, cs_mono_ms());
}

bool reconcile_under_way(void)
{
    return cs_mono_ms() - atomic_load(&touched_ms) < ACTIVE_MS;
}

static void reconcile_due(struct cs_call *call)
{
    struct due *due;
    size_t n = 0;

    if (store_due(call, &due, &n) < 0)
        cs_ask_clear(call); /* logged where it began; the next tick asks again */
    if (n > 0)
        reconcile_touch();
    for (size_t i = 0; i < n; i++) {
        cs_log(CS_INFO, "reconciling", "what", due[i].what, "document", due[i].id, NULL);
        if (due_settle(call, &due[i]) < 0)
            cs_ask_clear(call);
    }
}

int reconcile_resume(struct cs_call *call, const char *bot, const char *id)
{
    const char *tenant = call->tenant;
    int r = store_resume(call);

    (void)bot;
    (void)id;
    if (r < 0)
        return r;
    reconcile_touch();
    reconcile_due(call);
    call->tenant = tenant;
    return 0;
}

/* A pause may be noted at the moment of the resumption, after the event of that: so auth is asked, too. */
static void reconcile_paused(struct cs_call *call)
{
    struct cs_standing *standings;
    char **tenants;
    size_t n = 0;

    if (store_paused(call, &tenants, &n) < 0 || n == 0) {
        cs_ask_clear(call);
        return;
    }
    standings = CS_NEW(call->arena, struct cs_standing, n);
    for (size_t i = 0; i < n; i++)
        standings[i].tenant = tenants[i];
    if (cs_standing_check(call, standings, n) < 0) {
        cs_ask_clear(call);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        call->tenant = tenants[i];
        if (!standings[i].refusal && store_resume(call) < 0)
            cs_ask_clear(call);
    }
    call->tenant = NULL;
}

void reconcile_tick(struct cs_call *call)
{
    reconcile_paused(call);
    reconcile_due(call);
    if (store_resumables_expire(call) < 0)
        cs_ask_clear(call);
}
