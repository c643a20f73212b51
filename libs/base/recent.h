#pragma once
/*
 * Recent: what another service said a moment ago, for as long as it may be used without asking.
 *
 * A table of bytes by id; two ids that share a slot push each other out. A row of cs_ctl drops what
 * has changed at once; the time to live is for the message that gets lost. Bytes are copied in and
 * out, and wiped when they go, because they may hold keys. Any thread.
 *
 *     static struct cs_recent known = CS_RECENT_INIT(2000);
 *     if ((data = cs_recent_get(&known, a, id, call->tenant, NULL, &len))) ...
 */
#include "base/arena.h"
#include "base/id.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct cs_recent_slot {
    char id[CS_ID_SIZE], tenant[CS_ID_SIZE];
    int64_t until_ms;
    void *data; /* NULL: the slot is free */
    size_t len;
};

struct cs_recent {
    pthread_mutex_t lock;
    int64_t ttl_ms;
    struct cs_recent_slot slots[256];
};
#define CS_RECENT_INIT(ttl_ms_)                                                                    \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER, .ttl_ms = (ttl_ms_)                                     \
    }

/* In the arena, or NULL. tenant NULL: whoever's it is, told by ret_tenant, which may be NULL. */
void *cs_recent_get(struct cs_recent *r, struct cs_arena *a, const char *id, const char *tenant,
                    const char **ret_tenant, size_t *ret_len);
/* What cannot be an id is not kept. */
void cs_recent_put(struct cs_recent *r, const char *id, const char *tenant, const void *data,
                   size_t len);
void cs_recent_drop(struct cs_recent *r, const char *id, size_t len);
void cs_recent_clear(struct cs_recent *r);
