/*
 * What is kept is taken first; the rest goes in batches, several at once in a wave, each judged when its wave is
 * complete. What came back is kept at once, so that another try asks only for the rest.
 */
#include "embed/run.h"

#include "base/clock.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "embed/cache.h"
#include "embed/hash.h"
#include "embed/local/local.h"
#include "embed/pace.h"
#include "http/engine.h"
#include "obs/metrics.h"
#include "provider/fault.h"
#include "provider/half.h"
#include "provider/provider.h"
#include "provider/tokens.h"

#include <string.h>

enum {
    TRIES_QUESTION = 3,
    TRIES = 6, /* of passages, for which nobody waits */
    DELAY_MS = 500,
    DELAY_MAX_MS = 20 * 1000,
    PROVIDER_MS = 60 * 1000,
    LIMITED_MS = 1000,
    REPLY_MEMORY =
        16 * 1024 * 1024, /* of the vectors of one answer, four times what 100 of them take */
};

struct batch {
    size_t first, n, bytes; /* of the texts to ask for */
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
    struct store_vector *kept; /* of each text; NULL: nothing is kept */
    char **wanted;             /* the texts without a vector, and where they stand */
    size_t *places, n_wanted;
    struct batch *batches;
    size_t n_batches;
    const char *url;
    const char *const *headers;
    unsigned char pace[PACE_KEY];
    struct batch *wave[PACE_MOST]; /* under way */
    size_t n_wave, wave_max;
    struct cs_vectors all;
};

char *run_space(struct cs_arena *a, const struct embedder *e, const struct cs_vectors *v)
{
    return cs_printf(a, "%s/%zu", e->space, v->dimensions);
}

/* ---- vectors ---- */

static void run_room(struct cs_call *call, struct run *r, size_t dimensions)
{
    if (r->all.halves)
        return;
    r->all.n = r->n;
    r->all.dimensions = dimensions;
    r->all.halves = cs_alloc(call->arena, r->n * dimensions * 2);
}

static void run_put(struct run *r, size_t text, const unsigned char *halves)
{
    memcpy(r->all.halves + text * r->all.dimensions * 2, halves, r->all.dimensions * 2);
}

/* Splits the texts into those whose vector is kept, all of one length, and those to ask for. */
static void run_split(struct cs_call *call, struct run *r)
{
    r->n_wanted = 0;
    r->wanted = CS_NEW(call->arena, char *, r->n);
    r->places = CS_NEW(call->arena, size_t, r->n);
    for (size_t i = 0; i < r->n; i++) {
        const struct store_vector *kept = r->kept ? &r->kept[i] : NULL;
        if (kept && kept->halves)
            run_room(call, r, kept->len / 2);
        if (kept && kept->halves && kept->len == r->all.dimensions * 2) {
            run_put(r, i, kept->halves);
            continue;
        }
        r->wanted[r->n_wanted] = r->texts[i];
        r->places[r->n_wanted++] = i;
    }
}

/* Takes n vectors of the wanted texts from `first` on, and keeps them. */
static void run_take(struct cs_call *call, struct run *r, size_t first, const struct cs_vectors *v)
{
    struct store_vector *fresh = CS_NEW(call->arena, struct store_vector, v->n);

    run_room(call, r, v->dimensions);
    for (size_t i = 0; i < v->n; i++) {
        size_t place = r->places[first + i];
        run_put(r, place, v->halves + i * v->dimensions * 2);
        if (r->kept)
            memcpy(fresh[i].key, r->kept[place].key, STORE_KEY);
        fresh[i].halves = r->all.halves + place * v->dimensions * 2;
        fresh[i].len = v->dimensions * 2;
    }
    if (r->kept)
        cache_keep(call, fresh, v->n);
}

static void run_count(struct run *r, int64_t tokens, bool counted)
{
    static const char name[] = "cs_embed_tokens_total", help[] = "Tokens that were embedded.";

    r->all.tokens += tokens;
    r->all.counted &= counted;
    cs_metric_add(cs_counter(name, counted ? "how=\"counted\"" : "how=\"estimated\"", help),
                  tokens);
}

/* ---- batches ---- */

static void run_make_batches(struct cs_call *call, struct run *r)
{
    const struct cs_embed_wire *wire = r->embedder->wire;

    r->n_batches = 0;
    r->batches = CS_NEW(call->arena, struct batch, r->n_wanted);
    for (size_t i = 0; i < r->n_wanted; i++) {
        size_t len = strlen(r->wanted[i]);
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
    int64_t wait = pace_wait_ms(r->pace);

    if (!b->body) {
        const struct cs_embed_request q = {.model = e->model,
                                           .dimensions = e->dimensions,
                                           .query = r->query,
                                           .texts = r->wanted + b->first,
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
        .delay_ms = b->delay_ms > wait ? b->delay_ms : wait,
        .max_body = cs_embed_reply_max(e->dimensions, b->n),
        .decode = true,
    };
}

static int on_wave(struct cs_call *call, void *state, const struct cs_http_reply *reps);

/* A provider that asked everybody to wait for longer than this call can. */
static int run_too_early(struct cs_call *call, const struct run *r)
{
    int64_t wait = pace_wait_ms(r->pace), left = call->deadline_ms - cs_mono_ms();

    if (wait <= DELAY_MAX_MS && wait < left)
        return 0;
    int failed =
        cs_fail(call, CS_LIMITED, "The provider %s asked for a pause.", r->embedder->provider);
    call->retry_after_ms = wait;
    return failed;
}

static int run_next_wave(struct cs_call *call, struct run *r)
{
    struct cs_http_request reqs[PACE_MOST];
    size_t window = pace_window(r->pace);
    int failed = run_too_early(call, r);

    r->n_wave = 0;
    for (size_t i = 0; i < r->n_batches && r->n_wave < window && r->n_wave < r->wave_max; i++)
        if (!r->batches[i].done) {
            reqs[r->n_wave] = batch_request(call, r, &r->batches[i]);
            r->wave[r->n_wave++] = &r->batches[i];
        }
    if (r->n_wave == 0)
        return r->next(call, r->state, &r->all);
    return failed ? failed : cs_http_all_then(call, reqs, r->n_wave, on_wave, r);
}

/* Another try later, or the end of the call. */
static int batch_retry(struct cs_call *call, const struct run *r, struct batch *b,
                       int64_t retry_after_ms, enum cs_error kind, const char *why)
{
    int64_t delay = (int64_t)DELAY_MS << b->tries, left = call->deadline_ms - cs_mono_ms();

    delay = delay < DELAY_MAX_MS ? delay : DELAY_MAX_MS;
    delay -= delay / 4 * (cs_mono_us() % 100) / 100; /* not all at the same moment */
    delay = retry_after_ms ? retry_after_ms : delay;
    if (++b->tries < (r->query ? TRIES_QUESTION : TRIES) && delay <= DELAY_MAX_MS && delay < left) {
        b->delay_ms = delay;
        return 0;
    }
    int failed = cs_fail(call, kind, "%s", why);
    call->retry_after_ms = retry_after_ms;
    return failed;
}

static int batch_no_answer(struct cs_call *call, struct run *r, struct batch *b,
                           const struct cs_http_reply *rep)
{
    const char *provider = r->embedder->provider;

    if (cs_cancelled(call))
        return cs_fail(call, CS_TIMEOUT, "The provider %s did not answer in time.", provider);
    if (rep->limited) {
        r->wave_max = 1; /* one answer is always less than a share */
        return batch_retry(call, r, b, LIMITED_MS, CS_LIMITED,
                           "The workspace has too many answers of providers under way.");
    }
    pace_refused(r->pace, 0);
    return batch_retry(
        call, r, b, 0, CS_UPSTREAM,
        rep->unreachable
            ? cs_fault_unreachable(call->arena, provider, rep->error)
            : cs_printf(call->arena, "The provider %s did not answer: %s.", provider, rep->error));
}

/* Vectors that are kept have another length than those of the model now: they are asked for too. */
static int run_start_over(struct cs_call *call, struct run *r)
{
    r->kept = NULL;
    r->all = (struct cs_vectors){.counted = r->all.counted, .tokens = r->all.tokens};
    run_split(call, r);
    run_make_batches(call, r);
    return 0;
}

static int batch_refused(struct cs_call *call, const struct run *r, struct batch *b, int status,
                         const struct cs_fault *f, int64_t retry_after)
{
    const struct embedder *e = r->embedder;
    const char *why = cs_fault_words(call->arena, e->provider, status, f, e->access.api_key);

    cs_fault_log(call->arena, e->provider, e->model, status, f);
    status = status ? status : f->status;
    if (f->quota || status == 402)
        pace_spent(r->pace);
    if (!cs_fault_may_pass(status, f))
        return cs_fail(call, CS_UNPROCESSABLE, "%s", why);
    retry_after = retry_after ? retry_after : f->retry_after_ms;
    pace_refused(r->pace, retry_after);
    return batch_retry(call, r, b, retry_after, status == 429 ? CS_LIMITED : CS_UPSTREAM, why);
}

/* An answer of 200 that holds no vectors: an error all the same, or what cannot be read. */
static int batch_without_vectors(struct cs_call *call, const struct run *r, struct batch *b,
                                 const struct cs_http_reply *rep, const char *wrong)
{
    struct cs_fault fault;

    cs_fault_parse(rep->body, rep->body_len, &fault);
    if (fault.quota || fault.status || *fault.code || *fault.type)
        return batch_refused(call, r, b, 0, &fault, rep->retry_after_ms);
    return cs_fail(call, CS_UPSTREAM, "The provider %s %s.", r->embedder->provider, wrong);
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
    if (!wrong && r->all.halves && v.dimensions != r->all.dimensions) {
        if (r->kept)
            return run_start_over(call, r);
        wrong = "sent vectors of different lengths";
    }
    if (wrong)
        return batch_without_vectors(call, r, b, rep, wrong);
    pace_good(r->pace);
    run_take(call, r, b->first, &v);
    run_count(
        r, v.counted ? cs_tokens_plausible(v.tokens, b->n, b->bytes) : cs_tokens_estimate(b->bytes),
        v.counted);
    b->done = true;
    return 0;
}

static int batch_judge(struct cs_call *call, struct run *r, struct batch *b,
                       const struct cs_http_reply *rep)
{
    struct cs_arena scratch;
    struct cs_fault fault;
    int outcome;

    if (rep->status == 0)
        return batch_no_answer(call, r, b, rep);
    if (rep->status != 200) {
        cs_fault_parse(rep->body, rep->body_len, &fault);
        return batch_refused(call, r, b, rep->status, &fault, rep->retry_after_ms);
    }
    cs_arena_init(&scratch);
    scratch.ceiling = REPLY_MEMORY;
    outcome = batch_put(call, r, b, rep, &scratch);
    cs_arena_dispose(&scratch);
    return outcome;
}

/* All answers are looked at before the call fails: what came is kept for its next try. */
static int on_wave(struct cs_call *call, void *state, const struct cs_http_reply *reps)
{
    struct run *run = state;
    const struct batch *batches = run->batches;
    int failed = 0;

    for (size_t i = 0; i < run->n_wave && run->batches == batches; i++) {
        if (failed && reps[i].status != 200)
            continue;
        struct cs_call before = *call;
        int r = batch_judge(call, run, run->wave[i], &reps[i]);
        if (failed) { /* the first failure is the one that is told */
            call->status = before.status;
            call->detail = before.detail;
            call->retry_after_ms = before.retry_after_ms;
        }
        failed = failed ? failed : r;
    }
    return failed ? failed : run_next_wave(call, run);
}

/* ---- the three ways ---- */

static int run_hash(struct cs_call *call, struct run *r)
{
    size_t d = (size_t)r->embedder->dimensions;
    float *v = CS_NEW(call->arena, float, d);

    run_room(call, r, d);
    for (size_t i = 0; i < r->n; i++) {
        hash_embed(r->texts[i], v, d);
        cs_half_pack(v, d, r->all.halves + i * d * 2);
        run_count(r, cs_tokens_estimate(strlen(r->texts[i])), false);
    }
    return r->next(call, r->state, &r->all);
}

static int on_local(struct cs_call *call, void *state, const struct cs_vectors *v)
{
    struct run *r = state;

    run_take(call, r, 0, v);
    run_count(r, v->tokens, true);
    return r->next(call, r->state, &r->all);
}

static void run_pace_key(struct run *r)
{
    const struct embedder *e = r->embedder;
    const char *parts[] = {e->space, e->access.base_url,
                           e->access.api_key ? e->access.api_key : ""};
    char hex[CS_SHA256_HEX];
    struct cs_sha256_state s;

    cs_sha256_begin(&s);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        cs_sha256_update(&s, parts[i], strlen(parts[i]) + 1);
    cs_sha256_end(&s, hex);
    cs_sha256(r->pace, hex, sizeof(hex));
}

static int run_remote(struct cs_call *call, struct run *r)
{
    const struct embedder *e = r->embedder;

    run_pace_key(r);
    if (pace_is_spent(r->pace))
        return cs_fail(call, CS_UNPROCESSABLE,
                       "The provider %s reported an exhausted quota of the key a moment ago.",
                       e->provider);
    run_make_batches(call, r);
    r->wave_max = PACE_MOST;
    r->url = cs_embed_url(call->arena, e->wire, e->access.base_url, e->model);
    r->headers = cs_access_headers(call->arena, &e->access,
                                   cs_provider_key(e->provider, e->wire->key), NULL);
    return run_next_wave(call, r);
}

int run_embed(struct cs_call *call, const struct embedder *e, bool query, char *const *texts,
              size_t n, run_fn *next, void *state)
{
    struct run *r = CS_NEW(call->arena, struct run, 1);

    *r = (struct run){.embedder = e,
                      .query = query,
                      .texts = texts,
                      .n = n,
                      .next = next,
                      .state = state,
                      .all = {.counted = true}};
    if (e->hash)
        return run_hash(call, r);
    r->kept = query ? NULL : cache_look_up(call, e, texts, n);
    run_split(call, r);
    if (r->n_wanted == 0)
        return next(call, state, &r->all);
    if (e->local)
        return local_embed(call, e->local, query, r->wanted, r->n_wanted, on_local, r);
    return run_remote(call, r);
}
