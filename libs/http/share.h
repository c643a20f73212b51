#pragma once
/*
 * share: what one tenant may take of the engine; internal to libs/http.
 *
 * A process has one engine for all tenants. Each tenant therefore has a share: requests under way, host
 * names being resolved, bytes of answers in memory. Calls without a tenant have one share together. A
 * share lives while something of it is taken. Any thread, except for the fields of the engine's thread.
 */
#include "base/id.h"
#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>

struct share {
    struct list link;
    char tenant[CS_ID_SIZE];
    size_t requests, names, bytes; /* under the lock of share.c */
    unsigned turn, starts;         /* of the engine's thread: requests started in its latest turn */
};

/* Once, before the engine's thread starts: limits of a tenant, and the bytes of all tenants. */
void cs_shares_init(size_t requests, size_t bytes);

/* Takes places for n requests; NULL when the tenant has too many under way. cs_share_leave() returns them. */
struct share *cs_share_enter(const char *tenant, size_t n);
void cs_share_leave(struct share *s, size_t n);

/* A name that is being resolved; false when the tenant, or all of them, resolve too many. */
bool cs_share_name(struct share *s);
void cs_share_name_done(struct share *s);

/* Bytes of answers, `had` before and `has` now; false when that is too much, but they count. */
bool cs_share_bytes(struct share *s, size_t had, size_t has);
