#pragma once
/*
 * keys: the public keys that verify tokens, fetched from auth over the bus: at the start, each
 * minute, and when a token names an unknown one (at most each ten seconds). While auth does
 * not answer it is asked again after a pause that grows to a second. One per loop.
 */
#include "edge/bus/bridge.h"
#include "crypto/jwt.h"

struct keys;

/* changed is called after each attempt to fetch, good or bad. */
struct keys *keys_new(struct bridge *b);
void keys_on_change(struct keys *k, void (*changed)(void *user), void *user);
void keys_free(struct keys *k);
int keys_tick(struct keys *k); /* asks when it is time; ms until it may be again */

bool keys_sure(
    const struct keys *k); /* false: the last fetch failed, so an unknown kid may be good */
bool keys_have(const struct keys *k, const char *kid);
/* Whether keys are being fetched now, so that an unknown kid may soon be known. */
bool keys_fetch(struct keys *k);
json_t *keys_verify(const struct keys *k, const char *jwt); /* claims, or NULL */
