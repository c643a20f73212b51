/* The document as a whole: every reference and every route. */
#include "test.h"

#include "edge/openapi.h"

#include "edge/routes.h"

#include <stdlib.h>

static json_t *doc;

static int set_up(void **state)
{
    (void)state;
    doc = openapi_build();
    return doc ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(doc);
    return 0;
}

static const json_t *follow(const char *ref)
{
    const json_t *at = doc;
    char *copy = strdup(ref + 2), *rest = copy, *word;

    while (at && (word = strsep(&rest, "/")) != NULL)
        at = json_object_get(at, word);
    free(copy);
    return at;
}

static int check_refs(json_t *at)
{
    const char *key;
    json_t *value;
    size_t i;
    int n = 0;

    json_object_foreach(at, key, value) {
        if (strcmp(key, "$ref") == 0) {
            assert_int_equal(strncmp(json_string_value(value), "#/", 2), 0);
            if (!follow(json_string_value(value)))
                fail_msg("%s leads nowhere", json_string_value(value));
            n++;
        } else {
            n += check_refs(value);
        }
    }
    json_array_foreach(at, i, value)
        n += check_refs(value);
    return n;
}

static void test_every_reference_resolves(void **state)
{
    (void)state;
    assert_true(check_refs(doc) > 100);
}

static json_t *operation_of(const struct route *r)
{
    char method[16];

    snprintf(method, sizeof(method), "%s", http_method_name(r->method));
    for (char *p = method; *p; p++)
        *p = (char)(*p | 0x20);
    return json_object_get(json_object_get(json_object_get(doc, "paths"), r->path), method);
}

static json_t *parameter_of(json_t *op, const char *where, const char *name)
{
    json_t *p;
    size_t i;

    json_array_foreach(json_object_get(op, "parameters"), i, p) {
        const char *in = json_string_value(json_object_get(p, "in"));
        if (in && strcmp(in, where) == 0 &&
            strcmp(json_string_value(json_object_get(p, "name")), name) == 0)
            return p;
    }
    return NULL;
}

static void check_operation(const struct route *r, json_t *op)
{
    char status[8];

    snprintf(status, sizeof(status), "%d", r->status);
    assert_non_null(json_object_get(json_object_get(op, "responses"), status));
    assert_non_null(json_object_get(json_object_get(op, "responses"), "default"));
    assert_true(strlen(json_string_value(json_object_get(op, "summary"))) > 0);
    for (const char *p = strchr(r->path, '{'); p; p = strchr(p + 1, '{')) {
        char name[64];
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(p + 1, "}"), p + 1);
        json_t *parameter = parameter_of(op, "path", name);
        assert_true(json_is_true(json_object_get(parameter, "required")));
        assert_non_null(json_object_get(parameter, "schema"));
    }
    if (!(r->flags & ROUTE_PUBLIC))
        assert_true(json_array_size(json_object_get(op, "security")) > 0);
}

static void test_every_route_is_there(void **state)
{
    (void)state;
    json_t *ids = json_object();

    for (size_t i = 0; i < n_routes; i++) {
        json_t *op = operation_of(&routes[i]);
        if (routes[i].flags & ROUTE_PAGE) {
            assert_null(op);
            continue;
        }
        if (!op)
            fail_msg("%s is missing", routes[i].path);
        check_operation(&routes[i], op);
        const char *id = json_string_value(json_object_get(op, "operationId"));
        assert_null(json_object_get(ids, id));
        json_object_set_new(ids, id, json_true());
    }
    json_decref(ids);
}

static void test_a_body_lacks_what_the_path_says(void **state)
{
    (void)state;
    const json_t *body = follow("#/components/schemas/UpdateBotRequestBody");
    json_t *properties = json_object_get(body, "properties");

    assert_non_null(json_object_get(properties, "name"));
    assert_null(json_object_get(properties, "bot_id"));
    assert_null(json_object_get(properties, "clear"));
}

static void test_queries_are_parameters(void **state)
{
    (void)state;
    struct route_match m;

    route_find(HTTP_GET, "/api/v1/bots/x/documents", &m);
    json_t *op = operation_of(m.route);
    assert_non_null(parameter_of(op, "query", "status"));
    assert_non_null(parameter_of(op, "query", "limit"));
    assert_null(parameter_of(op, "query", "bot_id"));
    route_find(HTTP_GET, "/api/v1/bots/x/documents/y/content", &m);
    assert_null(parameter_of(operation_of(m.route), "query", "part"));
}

static void test_head_of_the_document(void **state)
{
    (void)state;
    assert_string_equal(json_string_value(json_object_get(doc, "openapi")), "3.1.0");
    assert_non_null(follow("#/info/title"));
    assert_non_null(follow("#/info/version"));
    assert_non_null(follow("#/components/securitySchemes/token"));
    assert_non_null(follow("#/components/schemas/DeltaFrame"));
    assert_non_null(follow("#/components/schemas/Problem/properties/instance"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_reference_resolves),
        cmocka_unit_test(test_every_route_is_there),
        cmocka_unit_test(test_a_body_lacks_what_the_path_says),
        cmocka_unit_test(test_queries_are_parameters),
        cmocka_unit_test(test_head_of_the_document),
    };

    return test_run_with(tests, set_up, tear_down);
}
