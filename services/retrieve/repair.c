/* One round: some segments to be put, then some to be dropped, one request after another. */
#include "retrieve/repair.h"

#include "base/log.h"
#include "bus/background.h"
#include "obs/metrics.h"
#include "retrieve/store.h"
#include "retrieve/vector/remote.h"

enum { PUTS = 16, DROPS = 64 };

static int repair_put_done(struct cs_call *call, void *state)
{
    int r = store_segment_complete(call, state);

    return r == STORE_NONE ? 0 : r; /* dropped meanwhile, and to be dropped in the store too */
}

static int repair_drop_done(struct cs_call *call, void *state)
{
    return store_drop_done(call, state);
}

/* A failure is logged where it began, and the round ends: what was taken is due again in a minute. */
static bool repair_wait(struct cs_call *call, int r)
{
    r = cs_background_wait(call->state, r);
    call->status = 0;
    call->detail = NULL;
    return r == 0;
}

static bool repair_puts(struct cs_call *call)
{
    struct vector_segment *all = CS_NEW(call->arena, struct vector_segment, PUTS);
    size_t n;

    if (store_segments_take(call, all, PUTS, &n))
        return false;
    for (size_t i = 0; i < n; i++) {
        int r = store_segment_read(call, &all[i]);
        if (r == 0)
            r = vector_store()->put(call, &all[i], repair_put_done, &all[i]);
        if (r != STORE_NONE && !repair_wait(call, r))
            return false;
        cs_metric_add(
            cs_counter("cs_retrieve_vector_repairs_total", "what=\"put\"",
                       "segments that were put into or dropped from the vector store later"),
            1);
    }
    return true;
}

static bool repair_drops(struct cs_call *call)
{
    struct store_drop *all = CS_NEW(call->arena, struct store_drop, DROPS);
    size_t n;

    if (store_drops_take(call, all, DROPS, &n))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!repair_wait(call,
                         vector_store()->drop(call, &all[i].segment, repair_drop_done, &all[i])))
            return false;
        cs_metric_add(
            cs_counter("cs_retrieve_vector_repairs_total", "what=\"drop\"",
                       "segments that were put into or dropped from the vector store later"),
            1);
    }
    return true;
}

void repair_tick(struct cs_call *call)
{
    static bool left; /* of the ticker's thread */

    if (vector_store()->inside || (vector_store()->remote && remote_is_down()))
        return;
    left = left || store_segments_leave(call) == 0;
    if (left && repair_puts(call) && vector_store()->drop)
        repair_drops(call);
}
