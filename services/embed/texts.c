/* Vectors for given texts, with a cache of those that were asked before. */
#include "embed/embed.h"

#include "crypto/crypto.h"
#include "embed/lru.h"
#include "embed/run.h"
#include "nats/wire.h"

#include <stdio.h>
#include <string.h>

enum { CACHE_BYTES = 8 << 20, TEXT_MAX = 32 * 1024 };

static struct lru *questions;

void texts_start(void)
{
    questions = lru_new(CACHE_BYTES);
}

void texts_stop(void)
{
    lru_free(questions);
    questions = NULL;
}

struct asked {
    struct embedder embedder;
    bool remember;
    unsigned char key[LRU_KEY];
};

/* everything the vector depends on; zero bytes keep the parts apart */
static void texts_key(const struct embedder *e, const char *tenant, const char *text,
                      unsigned char key[LRU_KEY])
{
    const char *parts[] = {tenant, e->space, e->access.base_url ? e->access.base_url : "", text};
    char dimensions[16], hex[CS_SHA256_HEX];
    struct cs_sha256_state s;

    cs_sha256_begin(&s);
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        cs_sha256_update(&s, parts[i], strlen(parts[i]) + 1);
    int n = snprintf(dimensions, sizeof(dimensions), "%d", e->dimensions);
    cs_sha256_update(&s, dimensions, (size_t)n);
    cs_sha256_end(&s, hex);
    cs_sha256((unsigned char *)key, hex, sizeof(hex));
}

static void texts_answer(struct cs_call *call, const struct embedder *e, const struct cs_vectors *v)
{
    Embeddings *rep = (Embeddings *)call->rep;

    Embeddings_set_dimensions(rep, (int32_t)v->dimensions);
    Embeddings_set_vectors(rep, v->halves, v->n * v->dimensions * 2);
    Embeddings_set_tokens(rep, v->tokens);
    Embeddings_set_estimated(rep, !v->counted);
    rep->space = run_space(call->arena, e, v);
}

static int on_vectors(struct cs_call *call, void *state, const struct cs_vectors *v)
{
    struct asked *q = state;

    if (v->n * v->dimensions * 2 > CS_MAX_PART)
        return cs_fail(call, CS_UNPROCESSABLE,
                       "A call cannot return %zu vectors of %zu dimensions.", v->n, v->dimensions);
    if (q->remember)
        lru_put(questions, q->key, v->halves, v->dimensions * 2);
    texts_answer(call, &q->embedder, v);
    return 0;
}

static int texts_check(struct cs_call *call, const EmbedTextsRequest *req)
{
    for (size_t i = 0; i < req->n_texts; i++)
        if (!req->texts[i][0] || strlen(req->texts[i]) > TEXT_MAX)
            return cs_fail_field(call, "texts", "The texts must have 1 to %d bytes each.",
                                 TEXT_MAX);
    return 0;
}

CS_HANDLER(Embed, embed_texts, EmbedTextsRequest, Embeddings)
{
    const struct embedder_choice choice = {req->provider, req->model, req->dimensions};
    struct asked *q = CS_NEW(call->arena, struct asked, 1);
    struct cs_vectors v = {.n = 1};
    size_t len;

    (void)rep;
    if (texts_check(call, req) < 0 || embedder_of(call, req->bot_id, &choice, &q->embedder) < 0)
        return -1;
    q->remember = req->query && req->n_texts == 1;
    if (q->remember) {
        texts_key(&q->embedder, call->tenant, req->texts[0], q->key);
        if ((v.halves = lru_get(questions, q->key, call->arena, &len))) {
            v.dimensions = len / 2;
            texts_answer(call, &q->embedder, &v);
            return 0;
        }
    }
    return run_embed(call, &q->embedder, req->query, req->texts, req->n_texts, on_vectors, q);
}
