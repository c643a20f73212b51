/* Batches in waves of four, each judged when its wave is complete. */
#include "embed/run.h"

#include "base/clock.h"
#include "base/log.h"
#include "embed/hash.h"
#include "embed/local/local.h"
#include "http/engine.h"
#include "provider/fault.h"
#include "provider/half.h"
#include "provider/tokens.h"

#include <string.h>

enum {
    WAVE = 4,
    TRIES = 3,
    DELAY_MS = 500,
    DELAY_MAX_MS = 20 * 1000,
    PROVIDER_MS = 60 * 1000,
    LIMITED_MS = 1000,
};

struct batch {
    size_t first, n, bytes;
    bool done;
    int tries;
    int64_t delay_ms;
    const char *body; /* of its request; NULL: not made yet */
    size_t body_len;
};

struct run {
    const struct embedder *embedder;
    bool query; /* texts are questions */
    char *const *texts;
    size_t n;
    run_fn *next;
    void *state;
    struct batch *batches;
    size_t n_batches;
    const char *url;
    const char *const *headers;
    struct batch *wave[WAVE]; /* under way */
    size_t n_wave, wave_max;
    struct cs_vectors all;
};

char *run_space(struct cs_arena *a, const struct embedder *e, const struct cs_vectors *v)
{
    return cs_printf(a, "%s/%zu", e->space, v->dimensions);
}

static void run_make_batches(struct cs_call *call, struct run *r)
{
    const struct cs_embed_wire *wire = r->embedder->wire;

    r->batches = CS_NEW(call->arena, struct batch, r->n);
    for (size_t i = 0; i < r->n; i++) {
        size_t len = strlen(r->texts[i]);
        struct batch *b = r->n_batches ? &r->batches[r->n_batches - 1] : NULL;
        if (!b || b->n == wire->max_texts || b->bytes + len > wire->max_bytes) {
            b = &r->batches[r->n_batches++];
            b->first = i;
        }
        b->n++;
        b->bytes += len;
    }
}

static struct cs_http_request batch_request(struct cs_call *call, const struct run *r,
                                            struct batch *b)
{
    const struct embedder *e = r->embedder;

    if (!b->body) {
        const struct cs_embed_request q = {.model = e->model,
                                           .dimensions = e->dimensions,
                                           .query = r->query,
                                           .texts = r->texts + b->first,
                                           .n = b->n};
        b->body = cs_embed_body(call->arena, e->wire, &q, &b->body_len);
    }
    return (struct cs_http_request){
        .method = "POST",
        .url = r->url,
        .headers = r->headers,
        .body = b->body,
        .body_len = b->body_len,
        .timeout_ms = PROVIDER_MS,
        .delay_ms = b->delay_ms,
        .max_body = cs_embed_reply_max(e->dimensions, b->n),
    };
}

static int on_wave(struct cs_call *call, void *state, const struct cs_http_reply *reps);

static int run_next_wave(struct cs_call *call, struct run *r)
{
    struct cs_http_request reqs[WAVE];

    r->n_wave = 0;
    for (size_t i = 0; i < r->n_batches && r->n_wave < r->wave_max; i++)
        if (!r->batches[i].done) {
            reqs[r->n_wave] = batch_request(call, r, &r->batches[i]);
            r->wave[r->n_wave++] = &r->batches[i];
        }
    if (r->n_wave == 0)
        return r->next(call, r->state, &r->all);
    return cs_http_all_then(call, reqs, r->n_wave, on_wave, r);
}

/* Another try later, or the end of the call. */
static int batch_retry(struct cs_call *call, struct batch *b, int64_t retry_after_ms,
                       enum cs_error kind, const char *why)
{
    int64_t delay = retry_after_ms ? retry_after_ms : (int64_t)DELAY_MS << b->tries;
    int64_t left = call->deadline_ms - cs_mono_ms();

    if (++b->tries < TRIES && delay <= DELAY_MAX_MS && delay < left) {
        b->delay_ms = delay;
        return 0;
    }
    int r = cs_fail(call, kind, "%s", why);
    call->retry_after_ms = retry_after_ms;
    return r;
}

static int batch_no_answer(struct cs_call *call, struct run *r, struct batch *b,
                           const struct cs_http_reply *rep)
{
    const char *provider = r->embedder->provider;

    if (cs_cancelled(call))
        return cs_fail(call, CS_TIMEOUT, "The provider %s did not answer in time.", provider);
    if (rep->limited) {
        r->wave_max = 1; /* one answer is always less than a share */
        return batch_retry(call, b, LIMITED_MS, CS_LIMITED,
                           "The workspace has too many answers of providers under way.");
    }
    return batch_retry(
        call, b, 0, CS_UPSTREAM,
        rep->unreachable
            ? cs_fault_unreachable(call->arena, provider, rep->error)
            : cs_printf(call->arena, "The provider %s did not answer: %s.", provider, rep->error));
}

/* Puts the vectors of an answer in their place; its numbers are in `scratch`. */
static int batch_put(struct cs_call *call, struct run *r, struct batch *b,
                     const struct cs_http_reply *rep, struct cs_arena *scratch)
{
    struct cs_vectors v;
    const char *wrong =
        cs_embed_reply(scratch, r->embedder->wire, rep->body, rep->body_len, b->n, &v);
    int want = r->embedder->dimensions;

    if (!wrong && want && v.dimensions != (size_t)want)
        wrong = cs_printf(scratch, "sent %zu dimensions instead of %d", v.dimensions, want);
    if (!wrong && r->all.halves && v.dimensions != r->all.dimensions)
        wrong = "sent vectors of different lengths";
    if (wrong)
        return cs_fail(call, CS_UPSTREAM, "The provider %s %s.", r->embedder->provider, wrong);
    if (!r->all.halves) {
        r->all.n = r->n;
        r->all.dimensions = v.dimensions;
        r->all.halves = cs_alloc(call->arena, r->n * v.dimensions * 2);
    }
    memcpy(r->all.halves + b->first * v.dimensions * 2, v.halves, b->n * v.dimensions * 2);
    r->all.tokens +=
        v.counted ? cs_tokens_plausible(v.tokens, b->n, b->bytes) : cs_tokens_estimate(b->bytes);
    r->all.counted = (b == r->batches || r->all.counted) && v.counted;
    b->done = true;
    return 0;
}

static int batch_refused(struct cs_call *call, const struct run *r, struct batch *b,
                         const struct cs_http_reply *rep)
{
    const struct embedder *e = r->embedder;
    struct cs_fault fault;
    const char *why;

    cs_fault_parse(rep->body, rep->body_len, &fault);
    cs_fault_log(call->arena, e->provider, e->model, rep->status, &fault);
    why = cs_fault_reason(call->arena, e->provider, rep->status, &fault);
    if (!cs_fault_may_pass(rep->status, &fault))
        return cs_fail(call, CS_UNPROCESSABLE, "%s", why);
    return batch_retry(call, b, rep->retry_after_ms ? rep->retry_after_ms : fault.retry_after_ms,
                       rep->status == 429 ? CS_LIMITED : CS_UPSTREAM, why);
}

static int batch_judge(struct cs_call *call, struct run *r, struct batch *b,
                       const struct cs_http_reply *rep)
{
    struct cs_arena scratch;
    int outcome;

    if (rep->status == 0)
        return batch_no_answer(call, r, b, rep);
    if (rep->status != 200)
        return batch_refused(call, r, b, rep);
    cs_arena_init(&scratch);
    outcome = batch_put(call, r, b, rep, &scratch);
    cs_arena_dispose(&scratch);
    return outcome;
}

static int on_wave(struct cs_call *call, void *state, const struct cs_http_reply *reps)
{
    struct run *run = state;

    for (size_t i = 0; i < run->n_wave; i++) {
        int r = batch_judge(call, run, run->wave[i], &reps[i]);
        if (r)
            return r;
    }
    return run_next_wave(call, run);
}

static int run_hash(struct cs_call *call, struct run *r)
{
    size_t d = (size_t)r->embedder->dimensions;
    float *v = CS_NEW(call->arena, float, d);

    r->all = (struct cs_vectors){
        .n = r->n, .dimensions = d, .halves = cs_alloc(call->arena, r->n * d * 2)};
    for (size_t i = 0; i < r->n; i++) {
        hash_embed(r->texts[i], v, d);
        cs_half_pack(v, d, r->all.halves + i * d * 2);
        r->all.tokens += cs_tokens_estimate(strlen(r->texts[i]));
    }
    return r->next(call, r->state, &r->all);
}

int run_embed(struct cs_call *call, const struct embedder *e, bool query, char *const *texts,
              size_t n, run_fn *next, void *state)
{
    struct run *r = CS_NEW(call->arena, struct run, 1);

    *r = (struct run){
        .embedder = e, .query = query, .texts = texts, .n = n, .next = next, .state = state};
    if (e->hash)
        return run_hash(call, r);
    if (e->local)
        return local_embed(call, e->local, query, texts, n, next, state);
    run_make_batches(call, r);
    r->wave_max = WAVE;
    r->url = cs_embed_url(call->arena, e->wire, e->access.base_url, e->model);
    r->headers = cs_access_headers(call->arena, &e->access, e->wire->key);
    return run_next_wave(call, r);
}
