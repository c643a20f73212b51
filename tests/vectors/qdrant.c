/*
 * The protocol of Qdrant. Beyond it, a question or a deletion without the tenant's condition is refused, as are fields
 * that no description of the interface names.
 */
#include "vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 64 };

static void qdrant_error(h2o_req_t *req, int status, const char *text)
{
    reply_json(req, status,
               json_pack("{s:{s:s},s:f,s:n}", "status", "error", text, "time", 0.0, "result"));
}

static void qdrant_result(h2o_req_t *req, json_t *result)
{
    reply_json(req, 200,
               json_pack("{s:o,s:s,s:f}", "result", result, "status", "ok", "time", 0.001));
}

static void qdrant_done(h2o_req_t *req)
{
    bool wait = h2o_strstr(req->path.base, req->path.len, H2O_STRLIT("wait=true")) != SIZE_MAX;

    qdrant_result(req, json_pack("{s:i,s:s}", "operation_id", 1, "status",
                                 wait ? "completed" : "acknowledged"));
}

/* Whether each member of an object is one of the names, between blanks. */
static bool has_only(const json_t *object, const char *names)
{
    const char *key;
    json_t *value;
    char word[NAME];

    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        snprintf(word, sizeof(word), " %s ", key);
        if (!strstr(names, word))
            return false;
    }
    return json_is_object(object);
}

/* ---- filters ---- */

static int condition_matches(const json_t *condition, const json_t *payload)
{
    const json_t *match = json_object_get(condition, "match");
    const json_t *range = json_object_get(condition, "range");
    const json_t *value =
        json_object_get(payload, json_string_value(json_object_get(condition, "key")));
    const json_t *gte = json_object_get(range, "gte"), *lt = json_object_get(range, "lt");

    if (!has_only(condition, " key match range ") || !match == !range)
        return -1;
    if (match)
        return has_only(match, " value ")
                   ? json_equal(json_object_get(match, "value"), (json_t *)(uintptr_t)value)
                   : -1;
    return has_only(range, " gte lt ") && json_is_number(value)
               ? (!gte || json_number_value(value) >= json_number_value(gte)) &&
                     (!lt || json_number_value(value) < json_number_value(lt))
               : -1;
}

static int filter_matches(const json_t *filter, const json_t *point)
{
    json_t *must = json_object_get(filter, "must"), *condition;
    size_t i;

    if (!has_only(filter, " must "))
        return -1;
    json_array_foreach(must, i, condition) {
        int matches = condition_matches(condition, json_object_get(point, "payload"));
        if (matches <= 0)
            return matches;
    }
    return 1;
}

/* A question of one tenant. */
static bool filter_names_tenant(const json_t *filter)
{
    json_t *must = json_object_get(filter, "must"), *condition;
    size_t i;

    json_array_foreach(must, i, condition) {
        const char *key = json_string_value(json_object_get(condition, "key"));
        if (key && strcmp(key, "tenant_id") == 0 &&
            json_is_string(json_object_get(json_object_get(condition, "match"), "value")))
            return true;
    }
    return false;
}

/* ---- collections ---- */

static void collection_make(h2o_req_t *req, const char *name, const json_t *body)
{
    int size;
    const char *distance;

    if (points_collection(name))
        qdrant_error(req, 409, "Wrong input: Collection already exists!");
    else if (!has_only(body, " vectors sparse_vectors hnsw_config ") ||
             json_unpack((json_t *)(uintptr_t)body, "{s:{s:{s:i,s:s!}!}}", "vectors", "dense",
                         "size", &size, "distance", &distance) ||
             size < 1 || size > 65536)
        qdrant_error(req, 400, "Format error in JSON body");
    else {
        json_object_set_new(points_collection_new(name, size), "distance", json_string(distance));
        qdrant_result(req, json_true());
    }
}

static void collection_show(h2o_req_t *req, const json_t *c)
{
    qdrant_result(req,
                  json_pack("{s:s,s:i,s:{s:{s:{s:{s:O,s:O}}}}}", "status", "green", "points_count",
                            (int)json_object_size(json_object_get(c, "points")), "config", "params",
                            "vectors", "dense", "size", json_object_get(c, "size"), "distance",
                            json_object_get(c, "distance")));
}

static void index_make(h2o_req_t *req, json_t *c, const json_t *body)
{
    const char *field = json_string_value(json_object_get(body, "field_name"));
    const json_t *schema = json_object_get(body, "field_schema");

    if (!has_only(body, " field_name field_schema ") || !field ||
        !(json_is_string(schema) || has_only(schema, " type is_tenant "))) {
        qdrant_error(req, 400, "Format error in JSON body");
        return;
    }
    if (!json_object_get(c, "indexes"))
        json_object_set_new(c, "indexes", json_object());
    json_object_set_new(json_object_get(c, "indexes"), field, json_deep_copy(schema));
    qdrant_done(req);
}

/* ---- points ---- */

/* NULL, or what is wrong. */
static const char *point_wrong(const json_t *c, const json_t *point)
{
    const json_t *id = json_object_get(point, "id");
    const json_t *dense = json_object_get(json_object_get(point, "vector"), "dense");
    const char *text = json_string_value(id);

    if (!has_only(point, " id vector payload "))
        return "Format error in JSON body";
    if (!(text ? strlen(text) == 36 && text[8] == '-' && text[23] == '-'
               : json_is_integer(id) && json_integer_value(id) >= 0))
        return "Format error in JSON body: value is not a valid point ID";
    if ((json_int_t)json_array_size(dense) != json_integer_value(json_object_get(c, "size")))
        return "Wrong input: Vector dimension error";
    return NULL;
}

static void points_put(h2o_req_t *req, json_t *c, const json_t *body)
{
    json_t *points = json_object_get(body, "points"), *point;
    size_t i;

    json_array_foreach(points, i, point) {
        const char *wrong = point_wrong(c, point);
        if (wrong) {
            qdrant_error(req, 400, wrong);
            return;
        }
        json_object_set_new(json_object_get(c, "points"),
                            json_string_value(json_object_get(point, "id")),
                            json_pack("{s:O,s:O}", "vector",
                                      json_object_get(json_object_get(point, "vector"), "dense"),
                                      "payload", json_object_get(point, "payload")));
    }
    if (json_array_size(points) == 0)
        qdrant_error(req, 400, "Validation error in JSON body: [points: must not be empty]");
    else
        qdrant_done(req);
}

static void points_delete(h2o_req_t *req, json_t *c, const json_t *body)
{
    const json_t *filter = json_object_get(body, "filter");
    json_t *points = json_object_get(c, "points"), *point;
    const char *id;
    void *next;

    if (!has_only(body, " filter ") || !filter_names_tenant(filter)) {
        qdrant_error(req, 400, "the filter does not name a tenant");
        return;
    }
    json_object_foreach_safe(points, next, id, point) {
        int matches = filter_matches(filter, point);
        if (matches < 0) {
            qdrant_error(req, 400, "Format error in JSON body: filter");
            return;
        }
        if (matches)
            json_object_del(points, id);
    }
    qdrant_done(req);
}

static void points_query(h2o_req_t *req, const json_t *c, const json_t *body)
{
    const json_t *filter = json_object_get(body, "filter"), *query = json_object_get(body, "query");
    const char *named = json_string_value(json_object_get(body, "using"));
    json_int_t limit = json_integer_value(json_object_get(body, "limit"));
    json_t *found;

    if (!has_only(body,
                  " query using filter limit with_payload with_vector score_threshold params ") ||
        !named || strcmp(named, "dense") != 0 || limit < 1)
        qdrant_error(req, 400, "Format error in JSON body");
    else if ((json_int_t)json_array_size(query) != json_integer_value(json_object_get(c, "size")))
        qdrant_error(req, 400, "Wrong input: Vector dimension error");
    else if (!filter_names_tenant(filter))
        qdrant_error(req, 400, "the filter does not name a tenant");
    else if (!(found = points_nearest(c, query, filter, filter_matches, (size_t)limit)))
        qdrant_error(req, 400, "Format error in JSON body: filter");
    else
        qdrant_result(req, json_pack("{s:o}", "points", found));
}

bool qdrant_serve(h2o_req_t *req, const char *path, const json_t *body)
{
    char name[NAME], tail[NAME] = "";
    json_t *c;

    if (sscanf(path, "/collections/%63[^/]%63s", name, tail) < 1)
        return false;
    c = points_collection(name);
    if (strcmp(header_of(req, "api-key"), "vk-wrong") == 0)
        qdrant_error(req, 401, "Invalid API key or JWT, key vk-wrong-0123456789");
    else if (!*tail && method_is(req, "PUT"))
        collection_make(req, name, body);
    else if (!c)
        qdrant_error(req, 404, "Not found: Collection doesn't exist!");
    else if (!*tail && method_is(req, "GET"))
        collection_show(req, c);
    else if (strcmp(tail, "/index") == 0 && method_is(req, "PUT"))
        index_make(req, c, body);
    else if (strcmp(tail, "/points") == 0 && method_is(req, "PUT"))
        points_put(req, c, body);
    else if (strcmp(tail, "/points/delete") == 0 && method_is(req, "POST"))
        points_delete(req, c, body);
    else if (strcmp(tail, "/points/query") == 0 && method_is(req, "POST"))
        points_query(req, c, body);
    else
        return false;
    return true;
}
