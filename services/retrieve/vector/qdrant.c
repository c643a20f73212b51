/*
 * Qdrant over its REST interface: a collection for each size of point, workspaces kept apart by the payload field
 * tenant_id, which every filter names. Points hold ids and vectors, no text.
 */
#include "retrieve/vector/vector_store.h"

#include "retrieve/store.h"
#include "retrieve/vector/point.h"
#include "retrieve/vector/remote.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { BODY = 1 << 20, POINT_REST = 1024, FILTER = 2048, CANDIDATE_JSON = 2048 };

static atomic_bool known[POINT_SIZES]; /* the collection is there, as it must be */

static int qdrant_start(void)
{
    remote_start("api-key", NULL);
    for (size_t i = 0; i < POINT_SIZES; i++)
        atomic_store(&known[i], false);
    return 0;
}

static const char *qdrant_url(struct cs_call *call, uint32_t size, const char *tail)
{
    char name[POINT_COLLECTION_MAX];

    point_collection(name, size);
    return cs_printf(call->arena, "%s/collections/%s%s", remote_base(), name, tail);
}

/* The only maker of filters. more: further conditions, each behind a comma. */
static void qdrant_filter(char out[FILTER], const char *tenant, const char *bot, const char *space,
                          const char *more)
{
    snprintf(out, FILTER,
             "{\"must\":[{\"key\":\"tenant_id\",\"match\":{\"value\":\"%s\"}},"
             "{\"key\":\"bot_id\",\"match\":{\"value\":\"%s\"}},"
             "{\"key\":\"space\",\"match\":{\"value\":%s}}%s]}",
             tenant, bot, space, more);
}

/* ---- the collection ---- */

static const char *const indexed[] = {
    "{\"field_name\":\"tenant_id\",\"field_schema\":{\"type\":\"keyword\",\"is_tenant\":true}}",
    "{\"field_name\":\"bot_id\",\"field_schema\":\"keyword\"}",
    "{\"field_name\":\"space\",\"field_schema\":\"keyword\"}",
    "{\"field_name\":\"document_id\",\"field_schema\":\"keyword\"}",
};

struct qdrant_open {
    uint32_t size;
    bool made;
    size_t indexes; /* made so far */
    vector_next_fn *next;
    void *state;
};

static int on_collection(struct cs_call *call, void *state, int status, const json_t *root);

static int qdrant_look(struct cs_call *call, struct qdrant_open *o)
{
    const struct remote_request r = {
        .method = "GET",
        .url = qdrant_url(call, o->size, ""),
        .within_ms = REMOTE_PUT_MS,
        .expects_404 = true,
    };

    return remote_ask(call, &r, on_collection, o);
}

static int on_index(struct cs_call *call, void *state, int status, const json_t *root);

static int qdrant_index(struct cs_call *call, struct qdrant_open *o)
{
    if (o->indexes == sizeof(indexed) / sizeof(indexed[0])) {
        atomic_store(&known[point_size_index(o->size)], true);
        /* nothing is in a collection that was not there */
        int r = o->made ? store_vectors_lost(call, point_size_below(o->size), o->size) : 0;
        return r ? r : o->next(call, o->state);
    }
    const struct remote_request r = {
        .method = "PUT",
        .url = qdrant_url(call, o->size, "/index?wait=true"),
        .body = indexed[o->indexes],
        .len = strlen(indexed[o->indexes]),
        .within_ms = REMOTE_PUT_MS,
    };
    return remote_ask(call, &r, on_index, o);
}

static int on_index(struct cs_call *call, void *state, int status, const json_t *root)
{
    struct qdrant_open *o = state;

    (void)root;
    if (!status)
        return -call->status;
    o->indexes++;
    return qdrant_index(call, o);
}

/* Made here or, at the same moment, by another process: looked at again either way. */
static int on_made(struct cs_call *call, void *state, int status, const json_t *root)
{
    struct qdrant_open *o = state;

    (void)root;
    if (!status)
        return -call->status;
    o->made = status != 409;
    return qdrant_look(call, o);
}

static int on_collection(struct cs_call *call, void *state, int status, const json_t *root)
{
    struct qdrant_open *o = state;
    long long size = 0;
    const char *distance = "", *text;

    if (!status)
        return -call->status;
    if (status == 404) {
        text = cs_printf(call->arena,
                         "{\"vectors\":{\"dense\":{\"size\":%u,\"distance\":\"Cosine\"}},"
                         "\"hnsw_config\":{\"m\":0,\"payload_m\":16}}",
                         o->size);
        const struct remote_request r = {
            .method = "PUT",
            .url = qdrant_url(call, o->size, ""),
            .body = text,
            .len = strlen(text),
            .within_ms = REMOTE_PUT_MS,
            .expects_409 = true,
        };
        return remote_ask(call, &r, on_made, o);
    }
    if (json_unpack((json_t *)(uintptr_t)root, "{s:{s:{s:{s:{s:{s:I,s:s}}}}}}", "result", "config",
                    "params", "vectors", "dense", "size", &size, "distance", &distance) ||
        size != o->size || strcmp(distance, "Cosine") != 0)
        return remote_fail_reply(call, "a collection of that name has vectors of another kind");
    return qdrant_index(call, o);
}

/* next runs when the collection is there. */
static int qdrant_open(struct cs_call *call, uint32_t size, vector_next_fn *next, void *state)
{
    if (atomic_load(&known[point_size_index(size)]))
        return next(call, state);
    struct qdrant_open *o = CS_NEW(call->arena, struct qdrant_open, 1);
    *o = (struct qdrant_open){.size = size, .next = next, .state = state};
    return qdrant_look(call, o);
}

/* ---- put ---- */

struct qdrant_put {
    const struct vector_segment *s;
    uint32_t size, at, sent; /* rows that are stored; rows under way */
    const char *space;
    char *body;
    bool again; /* the collection went away once */
    vector_next_fn *next;
    void *state;
};

static char *qdrant_point(char *p, const struct qdrant_put *put, uint32_t row)
{
    const struct vector_segment *s = put->s;
    char id[CS_ID_SIZE];

    point_uuid(id, s, s->first + row);
    p += snprintf(p, POINT_REST, "{\"id\":\"%s\",\"vector\":{\"dense\":[", id);
    p = point_halves(p, s->halves + (size_t)row * s->dims, s->dims, put->size);
    return p + snprintf(p, POINT_REST,
                        "]},\"payload\":{\"tenant_id\":\"%s\",\"bot_id\":\"%s\",\"document_id\":"
                        "\"%s\",\"version\":%lld,\"chunk\":%u,\"space\":%s}}",
                        s->tenant, s->bot, s->document, (long long)s->version, s->first + row,
                        put->space);
}

static int on_put(struct cs_call *call, void *state, int status, const json_t *root);

/* As many points as surely fit. */
static int qdrant_put_next(struct cs_call *call, void *state)
{
    struct qdrant_put *put = state;
    size_t most = (size_t)put->size * POINT_NUMBER_MAX + POINT_REST + strlen(put->space);
    char *p = put->body;

    if (put->at == put->s->n)
        return put->next(call, put->state);
    p += snprintf(p, POINT_REST, "{\"points\":[");
    for (put->sent = 0;
         put->at + put->sent < put->s->n && (size_t)(p - put->body) + most + POINT_REST < BODY;
         put->sent++) {
        if (put->sent > 0)
            *p++ = ',';
        p = qdrant_point(p, put, put->at + put->sent);
    }
    *p++ = ']';
    *p++ = '}';
    const struct remote_request r = {
        .method = "PUT",
        .url = qdrant_url(call, put->size, "/points?wait=true"),
        .body = put->body,
        .len = (size_t)(p - put->body),
        .within_ms = REMOTE_PUT_MS,
        .expects_404 = true,
    };
    return remote_ask(call, &r, on_put, put);
}

/* What was only acknowledged, the next search might miss. */
static bool qdrant_completed(const json_t *root)
{
    const char *status =
        json_string_value(json_object_get(json_object_get(root, "result"), "status"));

    return status && strcmp(status, "completed") == 0;
}

static int on_put(struct cs_call *call, void *state, int status, const json_t *root)
{
    struct qdrant_put *put = state;

    if (!status)
        return -call->status;
    if (status == 404 && !put->again) {
        put->again = true;
        atomic_store(&known[point_size_index(put->size)], false);
        return qdrant_open(call, put->size, qdrant_put_next, put);
    }
    if (status == 404 || !qdrant_completed(root))
        return remote_fail_reply(call, "the points were not stored");
    put->at += put->sent;
    return qdrant_put_next(call, put);
}

static int qdrant_put(struct cs_call *call, const struct vector_segment *s, vector_next_fn *next,
                      void *state)
{
    struct qdrant_put *put = CS_NEW(call->arena, struct qdrant_put, 1);

    *put = (struct qdrant_put){
        .s = s,
        .size = point_size(s->dims),
        .space = point_quoted(call->arena, s->space),
        .body = cs_alloc(call->arena, BODY),
        .next = next,
        .state = state,
    };
    return qdrant_open(call, put->size, qdrant_put_next, put);
}

/* ---- drop ---- */

struct qdrant_drop {
    vector_next_fn *next;
    void *state;
};

static int on_drop(struct cs_call *call, void *state, int status, const json_t *root)
{
    struct qdrant_drop *drop = state;

    if (!status)
        return -call->status;
    if (status != 404 && !qdrant_completed(root))
        return remote_fail_reply(call, "the points were not deleted");
    return drop->next(call, drop->state);
}

static int qdrant_drop(struct cs_call *call, const struct vector_segment *s, vector_next_fn *next,
                       void *state)
{
    struct qdrant_drop *drop = CS_NEW(call->arena, struct qdrant_drop, 1);
    char filter[FILTER], *more, *body;

    more = cs_printf(call->arena,
                     ",{\"key\":\"document_id\",\"match\":{\"value\":\"%s\"}},"
                     "{\"key\":\"version\",\"match\":{\"value\":%lld}},"
                     "{\"key\":\"chunk\",\"range\":{\"gte\":%u,\"lt\":%u}}",
                     s->document, (long long)s->version, s->first, s->first + s->n);
    qdrant_filter(filter, s->tenant, s->bot, point_quoted(call->arena, s->space), more);
    body = cs_printf(call->arena, "{\"filter\":%s}", filter);
    *drop = (struct qdrant_drop){.next = next, .state = state};
    const struct remote_request r = {
        .method = "POST",
        .url = qdrant_url(call, point_size(s->dims), "/points/delete?wait=true"),
        .body = body,
        .len = strlen(body),
        .within_ms = REMOTE_PUT_MS,
        .expects_404 = true,
    };
    return remote_ask(call, &r, on_drop, drop);
}

/* ---- nearest ---- */

struct qdrant_question {
    uint32_t size;
    size_t most;
    vector_nearest_fn *next;
    void *state;
};

/* False: not as it was put. */
static bool qdrant_candidate(const json_t *point, struct vector_candidate *ret)
{
    const char *document;
    json_int_t version, chunk;
    double score;

    if (json_unpack((json_t *)(uintptr_t)point, "{s:F,s:{s:s,s:I,s:I}}", "score", &score, "payload",
                    "document_id", &document, "version", &version, "chunk", &chunk) ||
        !cs_id_valid(document) || chunk < 0 || chunk > UINT32_MAX)
        return false;
    *ret = (struct vector_candidate){
        .version = version, .ord = (uint32_t)chunk, .score = (float)score};
    snprintf(ret->document, sizeof(ret->document), "%s", document);
    return true;
}

static int on_nearest(struct cs_call *call, void *state, int status, const json_t *root)
{
    struct qdrant_question *q = state;
    const json_t *points = json_object_get(json_object_get(root, "result"), "points");
    struct vector_candidate *at = CS_NEW(call->arena, struct vector_candidate, q->most);
    size_t n = 0;

    if (status == 404) { /* what was in it is put again, which makes it anew */
        atomic_store(&known[point_size_index(q->size)], false);
        store_vectors_lost(call, point_size_below(q->size), q->size);
    }
    if (status && (status == 404 || !json_is_array(points)))
        remote_fail_reply(call, status == 404 ? "the collection does not exist" : "no points");
    if (call->status)
        return q->next(call, q->state, NULL, 0);
    for (size_t i = 0; i < json_array_size(points) && n < q->most; i++)
        n += qdrant_candidate(json_array_get(points, i), &at[n]);
    return q->next(call, q->state, at, n);
}

static int qdrant_nearest(struct cs_call *call, const struct vector_question *question,
                          vector_nearest_fn *next, void *state)
{
    struct qdrant_question *q = CS_NEW(call->arena, struct qdrant_question, 1);
    char filter[FILTER], *body, *p;

    *q = (struct qdrant_question){
        .size = point_size(question->dims), .most = question->most, .next = next, .state = state};
    qdrant_filter(filter, question->tenant, question->bot,
                  point_quoted(call->arena, question->space), "");
    body = p = cs_alloc(call->arena, (size_t)q->size * POINT_NUMBER_MAX + 2 * FILTER);
    p += snprintf(p, FILTER, "{\"query\":[");
    p = point_floats(p, question->vector, question->dims, q->size);
    p += snprintf(p, 2 * FILTER,
                  "],\"using\":\"dense\",\"filter\":%s,\"limit\":%zu,\"with_payload\":true,"
                  "\"with_vector\":false}",
                  filter, q->most);
    const struct remote_request r = {
        .method = "POST",
        .url = qdrant_url(call, q->size, "/points/query"),
        .body = body,
        .len = (size_t)(p - body),
        .within_ms = REMOTE_SEARCH_MS,
        .max_reply = q->most * CANDIDATE_JSON + POINT_REST,
        .expects_404 = true,
    };
    return remote_ask(call, &r, on_nearest, q);
}

const struct vector_store vector_qdrant = {
    .name = "qdrant",
    .remote = true,
    .start = qdrant_start,
    .put = qdrant_put,
    .drop = qdrant_drop,
    .nearest = qdrant_nearest,
};
