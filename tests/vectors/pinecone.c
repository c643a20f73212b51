/*
 * The protocol of Pinecone: control plane and, by the first label of the host, the data plane of each index. An index
 * is ready when it was looked at once, and questions may be answered as before the last change (main.c).
 */
#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 64, MOST = 1000, BYTES = 2 * 1000 * 1000 };

static void control_error(h2o_req_t *req, int status, const char *code)
{
    reply_json(req, status,
               json_pack("{s:i,s:{s:s,s:s}}", "status", status, "error", "code", code, "message",
                         "refused with the key pc-0123456789abcdef"));
}

static void data_error(h2o_req_t *req, int status, const char *message)
{
    reply_json(req, status, json_pack("{s:i,s:s,s:[]}", "code", 3, "message", message, "details"));
}

/* ---- control plane ---- */

static void index_show(h2o_req_t *req, const char *name, json_t *c, int status)
{
    bool ready = json_is_true(json_object_get(c, "ready"));
    char host[3 * NAME];

    snprintf(host, sizeof(host), "%s.localhost:%s", name,
             strrchr(header_of(req, "host"), ':') ? strrchr(header_of(req, "host"), ':') + 1 : "");
    reply_json(req, status,
               json_pack("{s:s,s:O,s:s,s:s,s:{s:b,s:s}}", "name", name, "dimension",
                         json_object_get(c, "size"), "metric", "cosine", "host", host, "status",
                         "ready", ready, "state", ready ? "Ready" : "Initializing"));
    json_object_set_new(c, "ready", json_true());
}

static void index_make(h2o_req_t *req, const json_t *body)
{
    const char *name, *metric, *cloud, *region;
    int dimension;

    if (json_unpack((json_t *)(uintptr_t)body, "{s:s,s:i,s:s,s:{s:{s:s,s:s!}!}!}", "name", &name,
                    "dimension", &dimension, "metric", &metric, "spec", "serverless", "cloud",
                    &cloud, "region", &region) ||
        strlen(name) > 45 || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")])
        control_error(req, 400, "INVALID_ARGUMENT");
    else if (points_collection(name))
        control_error(req, 409, "ALREADY_EXISTS");
    else
        index_show(req, name, points_collection_new(name, dimension), 201);
}

static void control_serve(h2o_req_t *req, const char *name, const json_t *body)
{
    json_t *c = points_collection(name);

    if (!*name && method_is(req, "POST"))
        index_make(req, body);
    else if (!c)
        control_error(req, 404, "NOT_FOUND");
    else
        index_show(req, name, c, 200);
}

/* ---- data plane ---- */

/* {"$and": [{field: {"$eq": value}}, ...]} within a namespace. */
static int metadata_matches(const json_t *query, const json_t *point)
{
    json_t *all = json_object_get(json_object_get(query, "filter"), "$and"), *one, *test;
    const char *field;
    size_t i;

    if (!json_equal(json_object_get(query, "namespace"), json_object_get(point, "namespace")))
        return 0;
    json_array_foreach(all, i, one) {
        json_object_foreach(one, field, test) {
            const json_t *want = json_object_get(test, "$eq");
            const json_t *has = json_object_get(json_object_get(point, "payload"), field);
            if (!want || json_object_size(test) != 1)
                return -1;
            if (json_is_number(want) ? json_number_value(want) != json_number_value(has)
                                     : !json_equal(want, has))
                return 0;
        }
    }
    return json_is_array(all) ? 1 : -1;
}

/* NULL, or what is wrong. */
static const char *vector_wrong(const json_t *c, const json_t *v)
{
    json_t *metadata = json_object_get(v, "metadata"), *value;
    const char *id = json_string_value(json_object_get(v, "id")), *key;

    if (!id || !*id || strlen(id) > 512)
        return "Vector ID must have 1 to 512 characters";
    if ((json_int_t)json_array_size(json_object_get(v, "values")) !=
        json_integer_value(json_object_get(c, "size")))
        return "Vector dimension does not match the dimension of the index";
    json_object_foreach(metadata, key, value) {
        if (json_is_null(value) || json_is_object(value))
            return "Metadata value must be a string, number, boolean or list of strings";
    }
    return NULL;
}

static void vectors_upsert(h2o_req_t *req, json_t *c, const json_t *body)
{
    json_t *vectors = json_object_get(body, "vectors"), *v, *number;
    const char *wrong = NULL, *key;
    size_t i;

    if (json_array_size(vectors) < 1 || json_array_size(vectors) > MOST ||
        req->entity.len > BYTES || !json_is_string(json_object_get(body, "namespace"))) {
        data_error(req, 400, "Request size exceeds the maximum, or there is no namespace");
        return;
    }
    json_object_set_new(c, "before", json_deep_copy(json_object_get(c, "points")));
    json_array_foreach(vectors, i, v) {
        if ((wrong = vector_wrong(c, v)))
            break;
        json_t *metadata = json_deep_copy(json_object_get(v, "metadata"));
        json_object_foreach(metadata, key, number) { /* its numbers are floating */
            if (json_is_integer(number))
                json_object_set_new(metadata, key, json_real(json_number_value(number)));
        }
        json_object_set_new(
            json_object_get(c, "points"), json_string_value(json_object_get(v, "id")),
            json_pack("{s:O,s:O,s:o}", "namespace", json_object_get(body, "namespace"), "vector",
                      json_object_get(v, "values"), "payload", metadata));
    }
    if (wrong)
        data_error(req, 400, wrong);
    else
        reply_json(req, 200, json_pack("{s:i}", "upsertedCount", (int)json_array_size(vectors)));
}

static void vectors_query(h2o_req_t *req, const json_t *c, const json_t *body)
{
    json_int_t most = json_integer_value(json_object_get(body, "topK"));
    json_t *seen = json_pack("{s:O}", "points", json_object_get(c, "points")), *found, *match;
    bool metadata = json_is_true(json_object_get(body, "includeMetadata"));
    size_t i;

    if (vectors_stale() > 0 && json_object_get(c, "before"))
        json_object_set(seen, "points", json_object_get(c, "before"));
    found = points_nearest(seen, json_object_get(body, "vector"), body, metadata_matches,
                           most > 0 ? (size_t)most : 0);
    json_decref(seen);
    if (!found || most < 1 || most > 10000 ||
        (json_int_t)json_array_size(json_object_get(body, "vector")) !=
            json_integer_value(json_object_get(c, "size"))) {
        json_decref(found);
        data_error(req, 400, "The query is malformed");
        return;
    }
    json_array_foreach(found, i, match) {
        if (metadata)
            json_object_set(match, "metadata", json_object_get(match, "payload"));
        json_object_del(match, "payload");
    }
    reply_json(req, 200,
               json_pack("{s:o,s:O,s:{s:i}}", "matches", found, "namespace",
                         json_object_get(body, "namespace"), "usage", "readUnits", 5));
}

static void vectors_delete(h2o_req_t *req, json_t *c, const json_t *body)
{
    json_t *ids = json_object_get(body, "ids"), *id, *points = json_object_get(c, "points");
    size_t i;

    if (json_array_size(ids) < 1 || json_array_size(ids) > MOST ||
        !json_is_string(json_object_get(body, "namespace"))) {
        data_error(req, 400, "1 to 1000 ids of a namespace are required");
        return;
    }
    json_array_foreach(ids, i, id) {
        const char *text = json_string_value(id);
        if (json_equal(json_object_get(json_object_get(points, text), "namespace"),
                       json_object_get(body, "namespace")))
            json_object_del(points, text);
    }
    reply_json(req, 200, json_object());
}

static void data_serve(h2o_req_t *req, const char *path, const json_t *body)
{
    char name[NAME];
    json_t *c;

    snprintf(name, sizeof(name), "%.*s", (int)strcspn(header_of(req, "host"), "."),
             header_of(req, "host"));
    if (!(c = points_collection(name)))
        data_error(req, 404, "The index does not exist");
    else if (strcmp(path, "/query") == 0)
        vectors_query(req, c, body);
    else if (strcmp(path, "/vectors/upsert") == 0)
        vectors_upsert(req, c, body);
    else
        vectors_delete(req, c, body);
}

bool pinecone_serve(h2o_req_t *req, const char *path, const json_t *body)
{
    bool is_control = strncmp(path, "/indexes", 8) == 0;

    if (!is_control && strcmp(path, "/query") != 0 && strcmp(path, "/vectors/upsert") != 0 &&
        strcmp(path, "/vectors/delete") != 0)
        return false;
    if (!*header_of(req, "api-key") || strcmp(header_of(req, "api-key"), "vk-wrong") == 0)
        control_error(req, 401, "UNAUTHENTICATED");
    else if (!*header_of(req, "x-pinecone-api-version"))
        control_error(req, 400, "INVALID_ARGUMENT");
    else if (is_control)
        control_serve(req, path[8] ? path + 9 : "", body);
    else
        data_serve(req, path, body);
    return true;
}
