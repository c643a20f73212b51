/* Batches in waves of four, each judged when its wave is complete. */
#include "embed/run.h"

#include "base/clock.h"
#include "base/log.h"
#include "embed/half.h"
#include "embed/hash.h"
#include "http/engine.h"
#include "provider/fault.h"
#include "provider/tokens.h"

#include <string.h>

enum {
    BATCH = 64,
    BATCH_BYTES = 256 * 1024,
    WAVE = 4,
    TRIES = 3,
    DELAY_MS = 500,
    DELAY_MAX_MS = 20 * 1000,
    PROVIDER_MS = 60 * 1000,
    REPLY_BYTES = 16 << 20,
};

struct batch {
    size_t first, n, bytes;
    bool done;
    int tries;
    int64_t delay_ms;
};

struct run {
    const struct embedder *embedder;
    char *const *texts;
    size_t n;
    run_fn *next;
    void *state;
    struct batch *batches;
    size_t n_batches;
    struct batch *wave[WAVE]; /* under way */
    size_t n_wave;
    struct vectors all;
};

char *run_space(struct cs_arena *a, const struct embedder *e, const struct vectors *v)
{
    return cs_printf(a, "%s/%s/%zu", e->provider, e->model, v->dimensions);
}

static void make_batches(struct cs_call *call, struct run *r)
{
    r->batches = CS_NEW(call->arena, struct batch, r->n);
    for (size_t i = 0; i < r->n; i++) {
        size_t len = strlen(r->texts[i]);
        struct batch *b = r->n_batches ? &r->batches[r->n_batches - 1] : NULL;
        if (!b || b->n == BATCH || b->bytes + len > BATCH_BYTES) {
            b = &r->batches[r->n_batches++];
            b->first = i;
        }
        b->n++;
        b->bytes += len;
    }
}

static struct cs_http_request request(struct cs_call *call, const struct run *r,
                                      const struct batch *b)
{
    const struct embedder *e = r->embedder;
    struct cs_http_request req = {
        .method = "POST",
        .url = cs_printf(call->arena, "%s/embeddings", e->access.base_url),
        .headers = cs_access_headers(call->arena, &e->access),
        .timeout_ms = PROVIDER_MS,
        .delay_ms = b->delay_ms,
        .max_body = REPLY_BYTES,
    };

    req.body = openai_request(call->arena, e, r->texts + b->first, b->n, &req.body_len);
    return req;
}

static int on_wave(struct cs_call *call, void *state, const struct cs_http_reply *reps);

static int next_wave(struct cs_call *call, struct run *r)
{
    struct cs_http_request reqs[WAVE];

    r->n_wave = 0;
    for (size_t i = 0; i < r->n_batches && r->n_wave < WAVE; i++)
        if (!r->batches[i].done) {
            reqs[r->n_wave] = request(call, r, &r->batches[i]);
            r->wave[r->n_wave++] = &r->batches[i];
        }
    if (r->n_wave == 0)
        return r->next(call, r->state, &r->all);
    return cs_http_all_then(call, reqs, r->n_wave, on_wave, r);
}

/* another try later, or the end of the call */
static int try_again(struct cs_call *call, struct batch *b, int64_t retry_after_ms,
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

static int no_answer(struct cs_call *call, const struct run *r, struct batch *b,
                     const struct cs_http_reply *rep)
{
    const char *provider = r->embedder->provider;

    if (cs_cancelled(call))
        return cs_fail(call, CS_TIMEOUT, "The provider %s did not answer in time.", provider);
    if (rep->refused)
        return cs_fail(call, CS_UNPROCESSABLE, "The address of the provider %s is not allowed.",
                       provider);
    return try_again(
        call, b, 0, CS_UPSTREAM,
        cs_printf(call->arena, "The provider %s did not answer: %s.", provider, rep->error));
}

static int take(struct cs_call *call, struct run *r, struct batch *b,
                const struct cs_http_reply *rep)
{
    struct vectors v;
    const char *wrong = openai_reply(call->arena, rep->body, rep->body_len, b->n, &v);
    int want = r->embedder->dimensions;

    if (!wrong && want && v.dimensions != (size_t)want)
        wrong = cs_printf(call->arena, "sent %zu dimensions instead of %d", v.dimensions, want);
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
    r->all.tokens += cs_tokens_plausible(v.tokens, b->n, b->bytes);
    b->done = true;
    return 0;
}

static int refused(struct cs_call *call, const struct run *r, struct batch *b,
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
    return try_again(call, b, rep->retry_after_ms, rep->status == 429 ? CS_LIMITED : CS_UPSTREAM,
                     why);
}

static int judge(struct cs_call *call, struct run *r, struct batch *b,
                 const struct cs_http_reply *rep)
{
    if (rep->status == 200)
        return take(call, r, b, rep);
    if (rep->status == 0)
        return no_answer(call, r, b, rep);
    return refused(call, r, b, rep);
}

static int on_wave(struct cs_call *call, void *state, const struct cs_http_reply *reps)
{
    struct run *run = state;

    for (size_t i = 0; i < run->n_wave; i++) {
        int r = judge(call, run, run->wave[i], &reps[i]);
        if (r)
            return r;
    }
    return next_wave(call, run);
}

static int run_hash(struct cs_call *call, struct run *r)
{
    size_t d = (size_t)r->embedder->dimensions;
    float *v = CS_NEW(call->arena, float, d);

    r->all =
        (struct vectors){.n = r->n, .dimensions = d, .halves = cs_alloc(call->arena, r->n * d * 2)};
    for (size_t i = 0; i < r->n; i++) {
        hash_embed(r->texts[i], v, d);
        half_pack(v, d, r->all.halves + i * d * 2);
        r->all.tokens += cs_tokens_estimate(strlen(r->texts[i]));
    }
    return r->next(call, r->state, &r->all);
}

int run_embed(struct cs_call *call, const struct embedder *e, char *const *texts, size_t n,
              run_fn *next, void *state)
{
    struct run *r = CS_NEW(call->arena, struct run, 1);

    *r = (struct run){.embedder = e, .texts = texts, .n = n, .next = next, .state = state};
    if (e->hash)
        return run_hash(call, r);
    make_batches(call, r);
    return next_wave(call, r);
}
