/* A list of public keys, replaced as a whole when auth answers. */
#include "edge/keys.h"
#include "edge/ready.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "pbjson/pbjson.h"

#include "chatsphere/v1/names.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = 16, RENEW_MS = 60 * 1000, PAUSE_MS = 10 * 1000, TIMEOUT_MS = 5000 };
enum { RETRY_FIRST_MS = 50, RETRY_MS = 1000 };

struct keys {
    struct bridge *bridge;
    struct cs_jwt_key list[KEYS_MAX];
    size_t n;
    int64_t fetched_ms, tried_ms; /* 0: never */
    int64_t next_ms, retry_ms;    /* when to ask again; the pause before that, if it failed */
    bool fetching, failed;        /* failed: the last try */
    char request_id[CS_ID_SIZE];
    struct bridge_call call;
    void (*changed)(void *user);
    void *user;
};

static void keys_clear(struct keys *k)
{
    for (size_t i = 0; i < k->n; i++)
        cs_jwt_key_free(&k->list[i]);
    k->n = 0;
}

static void on_keys(void *user, const struct bridge_reply *reply)
{
    struct keys *k = user;
    struct cs_arena arena;
    const Jwks *set = NULL;

    cs_arena_init(&arena);
    if (reply->status == 0)
        set =
            (const Jwks *)pbjson_unpack(&arena, RPC_AUTH_GET_JWKS->output, reply->data, reply->len);
    if (set && set->n_keys) {
        keys_clear(k);
        for (size_t i = 0; i < set->n_keys && k->n < KEYS_MAX; i++)
            if (set->keys[i]->pem && cs_jwt_key_load(set->keys[i]->pem, &k->list[k->n]))
                k->n++;
    }
    if (k->n && !k->fetched_ms)
        ready_change(READY_KEYS, true);
    k->failed = !set || !k->n;
    if (!k->failed)
        k->fetched_ms = cs_mono_ms();
    cs_arena_dispose(&arena);
    /* after a failure soon at first, since auth may be just starting */
    int64_t longer = k->retry_ms ? 2 * k->retry_ms : RETRY_FIRST_MS;
    k->retry_ms = !k->failed ? 0 : longer < RETRY_MS ? longer : RETRY_MS;
    k->next_ms = cs_mono_ms() + (k->failed ? k->retry_ms : RENEW_MS);
    k->fetching = false;
    if (k->changed)
        k->changed(k->user);
}

static void keys_ask(struct keys *k)
{
    k->fetching = true;
    k->tried_ms = cs_mono_ms();
    cs_id_new(k->request_id);
    k->call = (struct bridge_call){
        .rpc = RPC_AUTH_GET_JWKS,
        .request_id = k->request_id,
        .repeatable = true,
        .timeout_ms = TIMEOUT_MS,
        .done = on_keys,
        .user = k,
    };
    bridge_send(k->bridge, &k->call);
}

bool keys_fetch(struct keys *k)
{
    if (!k->fetching && (!k->tried_ms || cs_mono_ms() - k->tried_ms >= PAUSE_MS))
        keys_ask(k);
    return k->fetching;
}

int keys_tick(struct keys *k)
{
    int64_t wait = k->next_ms - cs_mono_ms();

    if (k->fetching || !bridge_connected(k->bridge))
        return RENEW_MS;
    if (wait > 0)
        return (int)wait;
    keys_ask(k);
    return RENEW_MS;
}

bool keys_sure(const struct keys *k)
{
    return k->n > 0 && !k->failed;
}

bool keys_have(const struct keys *k, const char *kid)
{
    for (size_t i = 0; i < k->n; i++)
        if (strcmp(k->list[i].kid, kid) == 0)
            return true;
    return false;
}

json_t *keys_verify(const struct keys *k, const char *jwt)
{
    return cs_jwt_verify(jwt, k->list, k->n);
}

struct keys *keys_new(struct bridge *b)
{
    struct keys *k = calloc(1, sizeof(*k));

    if (!k)
        abort();
    k->bridge = b;
    return k;
}

void keys_on_change(struct keys *k, void (*changed)(void *user), void *user)
{
    k->changed = changed;
    k->user = user;
}

void keys_free(struct keys *k)
{
    if (k->fetching)
        bridge_cancel(k->bridge, &k->call, false);
    keys_clear(k);
    free(k);
}
