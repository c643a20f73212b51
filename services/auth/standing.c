/* standing: whether work under way may go on, asked by the services that do it. */
#include "auth/auth.h"
#include "auth/store.h"

#include "base/id.h"
#include "chatsphere/v1/names.h"

#include <string.h>

static const char *standing_reason(const char *refused)
{
    static const struct {
        const char *word, *reason;
    } reasons[] = {
        {"user", "The account is suspended."},
        {"workspace", "The workspace is suspended."},
        {"session", "The session has ended."},
        {"key", "The API key was revoked or has expired."},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (strcmp(reasons[i].word, refused) == 0)
            return reasons[i].reason;
    return "The caller is no longer allowed to do this.";
}

/* the id behind "user:" or "key:", or NULL */
static const char *standing_id(const Bearer *b, const char *kind)
{
    size_t n = strlen(kind);

    if (!b->principal || strncmp(b->principal, kind, n) != 0)
        return NULL;
    return cs_id_valid(b->principal + n) ? b->principal + n : NULL;
}

CS_HANDLER(Auth, check_standing, CheckStandingRequest, CheckStandingReply)
{
    struct standing_row *rows = CS_NEW(call->arena, struct standing_row, req->n_bearers);
    int r;

    for (size_t i = 0; i < req->n_bearers; i++) {
        const Bearer *b = req->bearers[i];

        rows[i] = (struct standing_row){.tenant = b->tenant_id,
                                        .user = standing_id(b, "user:"),
                                        .session = b->session_id,
                                        .key = standing_id(b, "key:")};
    }
    if ((r = store_standings(call, rows, req->n_bearers)) < 0)
        return r;
    rep->refusals = CS_NEW(call->arena, Refusal *, req->n_bearers);
    for (size_t i = 0; i < req->n_bearers; i++) {
        if (!rows[i].refusal)
            continue;
        Refusal *refusal = rep->refusals[rep->n_refusals++] = Refusal_new(call->arena);
        Refusal_set_position(refusal, (int32_t)i);
        refusal->reason = (char *)(uintptr_t)standing_reason(rows[i].refusal);
    }
    return 0;
}
