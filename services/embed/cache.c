/* Keys, and a database that may be away. */
#include "embed/cache.h"

#include "base/env.h"
#include "base/log.h"
#include "bus/client.h"
#include "crypto/crypto.h"
#include "obs/metrics.h"

#include <string.h>

/* Everything that the vector of a passage depends on; zero bytes keep the parts apart. */
static void cache_key(const struct embedder *e, const char *text, unsigned char key[STORE_KEY])
{
    const char *address = e->access.base_url ? e->access.base_url : "";
    const char *parts[] = {e->space, address, text};
    char hex[CS_SHA256_HEX];
    struct cs_sha256_state s;

    cs_sha256_begin(&s);
    cs_sha256_update(&s, &e->dimensions, sizeof(e->dimensions));
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        cs_sha256_update(&s, parts[i], strlen(parts[i]) + 1);
    cs_sha256_end(&s, hex);
    cs_sha256(key, hex, sizeof(hex));
}

static void cache_count(const char *labels, int64_t n)
{
    cs_metric_add(cs_counter("cs_embed_cache_total", labels,
                             "Passages whose vector was there already, and others."),
                  n);
}

/* The call goes on without it. */
static void cache_failed(struct cs_call *call)
{
    cs_log(CS_WARN, "vectors of passages are not kept", "reason", call->detail, NULL);
    cs_ask_clear(call);
}

struct store_vector *cache_look_up(struct cs_call *call, const struct embedder *e,
                                   char *const *texts, size_t n)
{
    struct store_vector *v;
    int64_t hits = 0;

    if (!call->pg || !call->tenant || cs_env_int("CACHE_MB") == 0 || e->hash)
        return NULL;
    v = CS_NEW(call->arena, struct store_vector, n);
    for (size_t i = 0; i < n; i++)
        cache_key(e, texts[i], v[i].key);
    if (store_vectors(call, v, n) != 0)
        cache_failed(call);
    for (size_t i = 0; i < n; i++)
        hits += v[i].halves != NULL;
    cache_count("result=\"hit\"", hits);
    cache_count("result=\"miss\"", (int64_t)n - hits);
    return v;
}

void cache_keep(struct cs_call *call, const struct store_vector *v, size_t n)
{
    if (store_put_vectors(call, v, n, cs_env_int("CACHE_MB") << 20) != 0)
        cache_failed(call);
}

void cache_tick(struct cs_call *call)
{
    bool more = true;

    while (more && store_expire(call, cs_env_int("CACHE_DAYS"), &more) == 0)
        ;
}
