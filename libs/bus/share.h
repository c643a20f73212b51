#pragma once
/*
 * Share: how much each holder has of what all use, with a limit.
 *
 * A process has a fixed number of places for turns, watches or requests under way. Each place that is
 * taken counts for its holder: a workspace, a bot or a principal. A holder without places takes no
 * memory. A NULL holder is nobody in particular: it is neither counted nor limited. Any thread.
 *
 *     static struct cs_share turns = CS_SHARE_INIT("turns");
 *     if (!cs_share_take(&turns, call->tenant, 32)) {
 *         call->retry_after_ms = CS_SHARE_RETRY_MS;
 *         return cs_fail(call, CS_LIMITED, "The workspace has 32 answers under way, ...");
 *     }
 *     ...
 *     cs_share_return(&turns, tenant);
 */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { CS_SHARE_BUCKETS = 256, CS_SHARE_RETRY_MS = 2000 };

struct cs_holder;
struct cs_metric;

struct cs_share {
    const char *name; /* label of cs_share_held and cs_share_refused_total */
    pthread_mutex_t lock;
    struct cs_holder *buckets[CS_SHARE_BUCKETS];
    struct cs_metric *held, *refused;
};
#define CS_SHARE_INIT(name_)                                                                       \
    {                                                                                              \
        .name = (name_), .lock = PTHREAD_MUTEX_INITIALIZER                                         \
    }

/* One more place for the holder; false: it has `limit` of them already. The name is copied. */
bool cs_share_take(struct cs_share *s, const char *holder, size_t limit);
void cs_share_return(struct cs_share *s, const char *holder); /* one that was taken */
size_t cs_share_held(struct cs_share *s, const char *holder);
