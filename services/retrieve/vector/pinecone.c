/*
 * Pinecone over its REST interface: an index for each size of point, a namespace for each workspace. Points hold ids
 * and vectors, no text.
 *
 * The control plane names the host of an index, which is asked once. An index is eventually consistent, so a version
 * is searched only after a question for it has found all of its points.
 */
#include "retrieve/vector/vector_store.h"

#include "base/clock.h"
#include "base/env.h"
#include "retrieve/store.h"
#include "retrieve/vector/point.h"
#include "retrieve/vector/remote.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum {
    BODY = 1900 * 1000, /* a request has 2 MB and 1000 points at most */
    POINTS = 1000,
    POINT_REST = 1024,
    FILTER = 2048,
    CANDIDATE_JSON = 2048,
    HOST_MAX = 255,
    SEEN_MOST = 10000, /* points that one question can count */
    READY_MS = 2000,
    SEEN_MS = 500,
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char hosts[POINT_SIZES][HOST_MAX + 1]; /* "": not known; under the lock */

static int pinecone_start(void)
{
    remote_start("Api-Key", "X-Pinecone-Api-Version: 2025-10");
    memset(hosts, 0, sizeof(hosts));
    return 0;
}

/* The address of a call to the index of a size; NULL: its host is not known. */
static const char *pinecone_url(struct cs_call *call, uint32_t size, const char *tail)
{
    const char *scheme = strncmp(remote_base(), "http:", 5) == 0 ? "http" : "https", *url = NULL;

    pthread_mutex_lock(&lock);
    const char *host = hosts[point_size_index(size)];
    if (*host)
        url = cs_printf(call->arena, "%s://%s%s", scheme, host, tail);
    pthread_mutex_unlock(&lock);
    return url;
}

static void pinecone_host_set(uint32_t size, const char *host)
{
    pthread_mutex_lock(&lock);
    snprintf(hosts[point_size_index(size)], HOST_MAX + 1, "%s", host);
    pthread_mutex_unlock(&lock);
}

/* It comes from an answer and becomes the part of an address that a key is sent to. */
static bool host_valid(const char *host)
{
    size_t n = host ? strlen(host) : 0;

    return n > 0 && n <= HOST_MAX &&
           strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:") == n;
}

/* ---- the index ---- */

struct pinecone_open {
    uint32_t size;
    bool made, create;
    int64_t until_ms;                       /* monotonic */
    vector_next_fn *next, *failed, *absent; /* the latter two may be NULL */
    void *state;
};

static int on_index(struct cs_call *call, void *state, int status, const json_t *root);

static int pinecone_look(struct cs_call *call, struct pinecone_open *o, int64_t delay_ms)
{
    char name[POINT_COLLECTION_MAX];

    point_collection(name, o->size);
    const struct remote_request r = {
        .method = "GET",
        .url = cs_printf(call->arena, "%s/indexes/%s", remote_base(), name),
        .delay_ms = delay_ms,
        .within_ms = o->create ? REMOTE_PUT_MS : REMOTE_SEARCH_MS,
        .expects_404 = true,
    };
    return remote_ask(call, &r, on_index, o);
}

/* Made here or, at the same moment, by another process. */
static int on_made(struct cs_call *call, void *state, int status, const json_t *root)
{
    struct pinecone_open *o = state;

    (void)root;
    if (!status)
        return -call->status;
    o->made = status != 409;
    return pinecone_look(call, o, 0);
}

static int pinecone_make(struct cs_call *call, struct pinecone_open *o)
{
    const char *region = cs_env("VECTOR_REGION"), *slash = strchr(region, '/');
    char name[POINT_COLLECTION_MAX];

    point_collection(name, o->size);
    if (!slash)
        return cs_fail_internal(call, "CHATSPHERE_VECTOR_REGION is not cloud/region.");
    json_t *spec = json_pack("{s:s,s:i,s:s,s:{s:{s:s%,s:s}}}", "name", name, "dimension",
                             (int)o->size, "metric", "cosine", "spec", "serverless", "cloud",
                             region, (size_t)(slash - region), "region", slash + 1);
    char *text = json_dumps(spec, JSON_COMPACT);
    const char *body = cs_strdup(call->arena, text ? text : "");
    free(text);
    json_decref(spec);
    const struct remote_request r = {
        .method = "POST",
        .url = cs_printf(call->arena, "%s/indexes", remote_base()),
        .body = body,
        .len = strlen(body),
        .within_ms = REMOTE_PUT_MS,
        .expects_409 = true,
    };
    return remote_ask(call, &r, on_made, o);
}

static int on_index(struct cs_call *call, void *state, int status, const json_t *root)
{
    struct pinecone_open *o = state;
    const char *host = json_string_value(json_object_get(root, "host"));
    const char *metric = json_string_value(json_object_get(root, "metric"));
    const json_t *ready = json_object_get(json_object_get(root, "status"), "ready");

    if (!status)
        return o->failed ? o->failed(call, o->state) : -call->status;
    if (status == 404 && o->create)
        return pinecone_make(call, o);
    if (status == 404 && o->absent)
        return o->absent(call, o->state);
    if (status == 404)
        store_vectors_lost(call, point_size_below(o->size), o->size);
    else if (!json_is_true(ready) && o->create && cs_mono_ms() + READY_MS < o->until_ms)
        return pinecone_look(call, o, READY_MS);
    if (status == 404 || !json_is_true(ready) || !host_valid(host) ||
        json_integer_value(json_object_get(root, "dimension")) != o->size || !metric ||
        strcmp(metric, "cosine") != 0) {
        remote_fail_reply(call, status == 404 ? "the index does not exist"
                                : !json_is_true(ready)
                                    ? "the index is not ready"
                                    : "an index of that name is of another kind");
        return o->failed ? o->failed(call, o->state) : -call->status;
    }
    pinecone_host_set(o->size, host);
    /* nothing is in an index that was not there */
    int r = o->made ? store_vectors_lost(call, point_size_below(o->size), o->size) : 0;
    return r ? r : o->next(call, o->state);
}

/* next runs when the host of the index is known. An index that is not there is made if `create`. */
static int pinecone_open(struct cs_call *call, const struct pinecone_open *how)
{
    if (pinecone_url(call, how->size, ""))
        return how->next(call, how->state);
    struct pinecone_open *o = CS_NEW(call->arena, struct pinecone_open, 1);
    *o = *how;
    o->until_ms = cs_mono_ms() + REMOTE_PUT_MS;
    return pinecone_look(call, o, 0);
}

/* ---- points ---- */

/* A request about points of one workspace: with a namespace there is no other. */
struct pinecone_call {
    const struct vector_segment *s; /* of put, commit and drop */
    uint32_t size, at, sent;
    size_t most; /* of nearest */
    const float *vector;
    uint32_t dims;
    const char *tenant, *filter, *space;
    char *body;
    int64_t until_ms;
    bool again; /* the index went away once */
    vector_next_fn *next;
    vector_nearest_fn *nearest;
    void *state;
};

static int pinecone_post(struct cs_call *call, struct pinecone_call *c, const char *tail,
                         size_t len, const struct remote_request *how, remote_fn *next)
{
    struct remote_request r = *how;

    r.method = "POST";
    r.url = pinecone_url(call, c->size, tail);
    r.body = c->body;
    r.len = len;
    r.expects_404 = true;
    if (!r.url) /* forgotten by another call a moment ago */
        return remote_fail_reply(call, "the index went away");
    return remote_ask(call, &r, next, c);
}

static char *pinecone_point(char *p, const struct pinecone_call *c, uint32_t row)
{
    const struct vector_segment *s = c->s;
    char id[CS_ID_SIZE];

    point_uuid(id, s, s->first + row);
    p += snprintf(p, POINT_REST, "{\"id\":\"%s\",\"values\":[", id);
    p = point_halves(p, s->halves + (size_t)row * s->dims, s->dims, c->size);
    return p + snprintf(p, 2 * POINT_REST,
                        "],\"metadata\":{\"bot_id\":\"%s\",\"document_id\":\"%s\",\"version\":%lld,"
                        "\"chunk\":%u,\"space\":%s}}",
                        s->bot, s->document, (long long)s->version, s->first + row, c->space);
}

static int on_put(struct cs_call *call, void *state, int status, const json_t *root);

static int pinecone_put_next(struct cs_call *call, void *state)
{
    struct pinecone_call *c = state;
    size_t most = (size_t)c->size * POINT_NUMBER_MAX + 3 * POINT_REST;
    char *p = c->body;

    if (c->at == c->s->n)
        return c->next(call, c->state);
    p += snprintf(p, POINT_REST, "{\"namespace\":\"%s\",\"vectors\":[", c->tenant);
    for (c->sent = 0;
         c->at + c->sent < c->s->n && c->sent < POINTS && (size_t)(p - c->body) + most < BODY;
         c->sent++) {
        if (c->sent > 0)
            *p++ = ',';
        p = pinecone_point(p, c, c->at + c->sent);
    }
    *p++ = ']';
    *p++ = '}';
    return pinecone_post(call, c, "/vectors/upsert", (size_t)(p - c->body),
                         &(struct remote_request){.within_ms = REMOTE_PUT_MS}, on_put);
}

static int on_put(struct cs_call *call, void *state, int status, const json_t *root)
{
    struct pinecone_call *c = state;

    if (!status)
        return -call->status;
    if (status == 404 && !c->again) {
        c->again = true;
        pinecone_host_set(c->size, "");
        return pinecone_open(
            call, &(struct pinecone_open){
                      .size = c->size, .create = true, .next = pinecone_put_next, .state = c});
    }
    if (status == 404 ||
        json_integer_value(json_object_get(root, "upsertedCount")) != (json_int_t)c->sent)
        return remote_fail_reply(call, "the points were not stored");
    c->at += c->sent;
    return pinecone_put_next(call, c);
}

static struct pinecone_call *pinecone_call_new(struct cs_call *call, const struct vector_segment *s,
                                               vector_next_fn *next, void *state)
{
    struct pinecone_call *c = CS_NEW(call->arena, struct pinecone_call, 1);

    *c = (struct pinecone_call){
        .s = s,
        .size = point_size(s->dims),
        .tenant = s->tenant,
        .space = point_quoted(call->arena, s->space),
        .until_ms = cs_mono_ms() + REMOTE_PUT_MS,
        .next = next,
        .state = state,
    };
    return c;
}

static int pinecone_put(struct cs_call *call, const struct vector_segment *s, vector_next_fn *next,
                        void *state)
{
    struct pinecone_call *c = pinecone_call_new(call, s, next, state);

    c->body = cs_alloc(call->arena, BODY);
    return pinecone_open(
        call, &(struct pinecone_open){
                  .size = c->size, .create = true, .next = pinecone_put_next, .state = c});
}

/* ---- drop ---- */

static int on_drop(struct cs_call *call, void *state, int status, const json_t *root);

static int pinecone_drop_next(struct cs_call *call, void *state)
{
    struct pinecone_call *c = state;
    char id[CS_ID_SIZE], *p = c->body;

    if (c->at == c->s->n)
        return c->next(call, c->state);
    p += snprintf(p, POINT_REST, "{\"namespace\":\"%s\",\"ids\":[", c->tenant);
    for (c->sent = 0; c->at + c->sent < c->s->n && c->sent < POINTS; c->sent++) {
        point_uuid(id, c->s, c->s->first + c->at + c->sent);
        p += snprintf(p, CS_ID_SIZE + 8, "%s\"%s\"", c->sent ? "," : "", id);
    }
    *p++ = ']';
    *p++ = '}';
    return pinecone_post(call, c, "/vectors/delete", (size_t)(p - c->body),
                         &(struct remote_request){.within_ms = REMOTE_PUT_MS}, on_drop);
}

static int on_drop(struct cs_call *call, void *state, int status, const json_t *root)
{
    struct pinecone_call *c = state;

    (void)root;
    if (!status)
        return -call->status;
    c->at += c->sent; /* 404: neither the namespace nor anything in it */
    return pinecone_drop_next(call, c);
}

/* Without an index there is nothing to delete. */
static int pinecone_drop_end(struct cs_call *call, void *state)
{
    struct pinecone_call *c = state;

    return c->next(call, c->state);
}

static int pinecone_drop(struct cs_call *call, const struct vector_segment *s, vector_next_fn *next,
                         void *state)
{
    struct pinecone_call *c = pinecone_call_new(call, s, next, state);

    c->body = cs_alloc(call->arena, POINTS * (CS_ID_SIZE + 8) + 2 * POINT_REST);
    return pinecone_open(call, &(struct pinecone_open){.size = c->size,
                                                       .next = pinecone_drop_next,
                                                       .absent = pinecone_drop_end,
                                                       .state = c});
}

/* ---- nearest ---- */

static size_t pinecone_question(struct pinecone_call *c, const char *conditions, bool metadata)
{
    char *p = c->body;

    p += snprintf(p, POINT_REST, "{\"namespace\":\"%s\",\"vector\":[", c->tenant);
    p = point_floats(p, c->vector, c->dims, c->size);
    p += snprintf(p, 2 * FILTER,
                  "],\"topK\":%zu,\"includeMetadata\":%s,\"includeValues\":false,\"filter\":{"
                  "\"$and\":[%s]}}",
                  c->most, metadata ? "true" : "false", conditions);
    return (size_t)(p - c->body);
}

static bool pinecone_candidate(const json_t *match, struct vector_candidate *ret)
{
    const char *document;
    double score, version, chunk;

    /* numbers of metadata are floating */
    if (json_unpack((json_t *)(uintptr_t)match, "{s:F,s:{s:s,s:F,s:F}}", "score", &score,
                    "metadata", "document_id", &document, "version", &version, "chunk", &chunk) ||
        !cs_id_valid(document) || !(chunk >= 0 && chunk <= UINT32_MAX) ||
        !(version >= 0 && version < 0x1p53))
        return false;
    *ret = (struct vector_candidate){
        .version = (int64_t)version, .ord = (uint32_t)chunk, .score = (float)score};
    snprintf(ret->document, sizeof(ret->document), "%s", document);
    return true;
}

static int on_nearest(struct cs_call *call, void *state, int status, const json_t *root)
{
    struct pinecone_call *c = state;
    const json_t *matches = json_object_get(root, "matches");
    struct vector_candidate *at = CS_NEW(call->arena, struct vector_candidate, c->most);
    size_t n = 0;

    if (status == 404) { /* what was in it is put again, which makes it anew */
        pinecone_host_set(c->size, "");
        store_vectors_lost(call, point_size_below(c->size), c->size);
    }
    if (status && (status == 404 || !json_is_array(matches)))
        remote_fail_reply(call, status == 404 ? "the index does not exist" : "no matches");
    if (call->status)
        return c->nearest(call, c->state, NULL, 0);
    for (size_t i = 0; i < json_array_size(matches) && n < c->most; i++)
        n += pinecone_candidate(json_array_get(matches, i), &at[n]);
    return c->nearest(call, c->state, at, n);
}

static int pinecone_nearest_failed(struct cs_call *call, void *state)
{
    struct pinecone_call *c = state;

    return c->nearest(call, c->state, NULL, 0);
}

static int pinecone_nearest_ask(struct cs_call *call, void *state)
{
    struct pinecone_call *c = state;
    size_t len = pinecone_question(c, c->filter, true);
    const struct remote_request how = {.within_ms = REMOTE_SEARCH_MS,
                                       .max_reply = c->most * CANDIDATE_JSON + POINT_REST};

    if (!pinecone_url(call, c->size, ""))
        return pinecone_nearest_failed(call, c);
    return pinecone_post(call, c, "/query", len, &how, on_nearest);
}

static int pinecone_nearest(struct cs_call *call, const struct vector_question *q,
                            vector_nearest_fn *next, void *state)
{
    struct pinecone_call *c = CS_NEW(call->arena, struct pinecone_call, 1);

    *c = (struct pinecone_call){
        .size = point_size(q->dims),
        .most = q->most,
        .vector = q->vector,
        .dims = q->dims,
        .tenant = q->tenant,
        .nearest = next,
        .state = state,
    };
    c->filter = cs_printf(call->arena, "{\"bot_id\":{\"$eq\":\"%s\"}},{\"space\":{\"$eq\":%s}}",
                          q->bot, point_quoted(call->arena, q->space));
    c->body = cs_alloc(call->arena, (size_t)c->size * POINT_NUMBER_MAX + 2 * FILTER + POINT_REST);
    return pinecone_open(call, &(struct pinecone_open){.size = c->size,
                                                       .next = pinecone_nearest_ask,
                                                       .failed = pinecone_nearest_failed,
                                                       .state = c});
}

/* ---- commit ---- */

static int pinecone_count(struct cs_call *call, void *state);

static int on_count(struct cs_call *call, void *state, int status, const json_t *root)
{
    struct pinecone_call *c = state;
    size_t seen = json_array_size(json_object_get(root, "matches"));

    if (!status)
        return -call->status;
    if (status != 404 && seen >= c->most)
        return c->next(call, c->state);
    if (cs_mono_ms() + SEEN_MS >= c->until_ms || cs_cancelled(call))
        return cs_fail(call, CS_UPSTREAM, "The vector store pinecone shows %zu of %u vectors yet.",
                       seen, c->s->n);
    c->sent++; /* questions asked */
    return pinecone_count(call, c);
}

/* How many points of the version are found; after the first question, a moment later. */
static int pinecone_count(struct cs_call *call, void *state)
{
    struct pinecone_call *c = state;
    const struct remote_request how = {.within_ms = REMOTE_SEARCH_MS,
                                       .delay_ms = c->sent ? SEEN_MS : 0,
                                       .max_reply = c->most * 128 + POINT_REST};

    return pinecone_post(call, c, "/query", pinecone_question(c, c->filter, false), &how, on_count);
}

static int pinecone_commit(struct cs_call *call, const struct vector_segment *s,
                           vector_next_fn *next, void *state)
{
    struct pinecone_call *c = pinecone_call_new(call, s, next, state);
    static const float any[] = {1};

    c->vector = any;
    c->dims = 1;
    c->most = s->n < SEEN_MOST ? s->n : SEEN_MOST;
    c->filter = cs_printf(call->arena,
                          "{\"bot_id\":{\"$eq\":\"%s\"}},{\"document_id\":{\"$eq\":\"%s\"}},"
                          "{\"version\":{\"$eq\":%lld}},{\"space\":{\"$eq\":%s}}",
                          s->bot, s->document, (long long)s->version, c->space);
    c->body = cs_alloc(call->arena, (size_t)c->size * POINT_NUMBER_MAX + 2 * FILTER + POINT_REST);
    return pinecone_open(call,
                         &(struct pinecone_open){
                             .size = c->size, .create = true, .next = pinecone_count, .state = c});
}

const struct vector_store vector_pinecone = {
    .name = "pinecone",
    .remote = true,
    .start = pinecone_start,
    .put = pinecone_put,
    .commit = pinecone_commit,
    .drop = pinecone_drop,
    .nearest = pinecone_nearest,
};
