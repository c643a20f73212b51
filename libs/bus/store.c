/* store: the names of outcomes, and the commit that every service ends a change with. */
#include "bus/store.h"

#include "base/arena.h"
#include "bus/call.h"
#include "bus/event.h"
#include "pg/pg.h"

_Static_assert(CS_LATER > 10 * STORE_OUTCOMES, "an outcome could be taken for a staged call");

static const char *const names[STORE_OUTCOMES] = {
    [STORE_NONE] = "STORE_NONE",   [STORE_FULL] = "STORE_FULL",     [STORE_TAKEN] = "STORE_TAKEN",
    [STORE_BUSY] = "STORE_BUSY",   [STORE_REUSED] = "STORE_REUSED", [STORE_LATE] = "STORE_LATE",
    [STORE_STALE] = "STORE_STALE",
};

const char *store_outcome_name(int r)
{
    return r > 0 && r < STORE_OUTCOMES ? names[r] : "an unknown outcome";
}

int store_result(struct cs_call *call, int r)
{
    if (r == 0 || r == CS_ANSWERED)
        return 0;
    if (r > 0)
        return cs_fail_internal(call, cs_printf(call->arena, "The handler returned %s (%d).",
                                                store_outcome_name(r), r));
    return call->status ? r : cs_fail_internal(call, "The handler failed without a reason.");
}

int store_commit(struct cs_call *call)
{
    if (cs_pg_commit(call->pg) < 0)
        return cs_fail_pg(call);
    cs_outbox_wake();
    return 0;
}
