/* The document as a whole: every reference and every route. */
#include "test.h"

#include "edge/openapi.h"

#include "edge/routes.h"

#include "base/arena.h"
#include "nats/wire.h"
#include "pbjson/pbjson.h"

#include <ctype.h>
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
    assert_true(strlen(json_string_value(json_object_get(op, "summary"))) > 10);
    assert_true(strlen(json_string_value(json_object_get(op, "description"))) > 20);
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

/* ---- the texts of an rpc agree with its route ---- */

static const char *const role_names[] = {"", "viewer", "editor", "admin"};

static void expected_callers(const struct route *r, char out[128])
{
    if (r->flags & ROUTE_STAFF)
        snprintf(out, 128, "Requires platform staff.");
    else if (r->scope)
        snprintf(out, 128, "Requires the role %s or an API key with the scope %s.",
                 role_names[r->role], r->scope);
    else if (r->role != ROUTE_NOBODY)
        snprintf(out, 128, "Requires the role %s.", role_names[r->role]);
    else if (r->flags & ROUTE_PUBLIC)
        snprintf(out, 128, "credential is required");
    else
        snprintf(out, 128, "Requires the visitor token of the session.");
}

static void test_descriptions_name_the_callers(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_routes; i++) {
        json_t *op = operation_of(&routes[i]);
        char callers[128];
        if (!op)
            continue;
        expected_callers(&routes[i], callers);
        if (!strstr(json_string_value(json_object_get(op, "description")), callers))
            fail_msg("%s does not say: %s", routes[i].path, callers);
    }
}

static void test_tags_are_described(void **state)
{
    (void)state;
    json_auto_t *known = json_object();
    json_t *tag;
    size_t at;

    json_array_foreach(json_object_get(doc, "tags"), at, tag) {
        assert_true(strlen(json_string_value(json_object_get(tag, "description"))) > 20);
        json_object_set_new(known, json_string_value(json_object_get(tag, "name")), json_true());
    }
    for (size_t i = 0; i < n_routes; i++) {
        json_t *op = operation_of(&routes[i]);
        const char *name = json_string_value(json_array_get(json_object_get(op, "tags"), 0));
        assert_true(!op || json_object_get(known, name));
    }
}

/* ---- errors ---- */

static const json_t *resolved(const json_t *v)
{
    const char *ref = json_string_value(json_object_get(v, "$ref"));

    return ref ? follow(ref) : v;
}

static void check_error(const char *status, const json_t *answer)
{
    const json_t *headers = json_object_get(answer, "headers");
    const bool waits = strcmp(status, "429") == 0 || strcmp(status, "503") == 0;

    assert_true(strlen(json_string_value(json_object_get(answer, "description"))) > 20);
    assert_non_null(json_object_get(headers, "X-Request-Id"));
    assert_int_equal(json_object_get(headers, "Retry-After") != NULL, waits);
    if (status[0] >= '4')
        assert_non_null(
            json_object_get(json_object_get(answer, "content"), "application/problem+json"));
}

static void test_answers_have_headers_and_descriptions(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_routes; i++) {
        json_t *answers = json_object_get(operation_of(&routes[i]), "responses"), *answer;
        const char *status;
        json_object_foreach(answers, status, answer) {
            check_error(status, resolved(answer));
        }
        if (answers && routes[i].rpc)
            assert_non_null(json_object_get(answers, "503"));
        /* a WebSocket is not in the document */
        for (const struct cs_rpc_error *e = answers && routes[i].rpc ? routes[i].rpc->errors : NULL;
             e && e->status; e++) {
            char own[8];
            snprintf(own, sizeof(own), "%d", e->status);
            assert_non_null(strstr(
                json_string_value(json_object_get(json_object_get(answers, own), "description")),
                e->comment));
        }
    }
}

/* ---- examples ---- */

static void show_errors(const struct route *r, const struct pbjson_errors *errors)
{
    for (int i = 0; i < errors->n; i++)
        print_error("%s: %s %s\n", r->path, errors->at[i].field, errors->at[i].message);
    assert_int_equal(errors->n, 0);
}

/* the example with the fields of the path is a valid request */
static void check_request(struct cs_arena *a, const struct route *r, const json_t *example)
{
    json_auto_t *whole = json_deep_copy(example);
    ProtobufCMessage *msg = pbjson_new(a, r->rpc->input);
    struct pbjson_errors errors = {0};

    if (json_object_size(example) == 0)
        fail_msg("the body of %s has no example", r->path);
    for (const char *p = strchr(r->path, '{'); p; p = strchr(p + 1, '{')) {
        char name[64];
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(p + 1, "}"), p + 1);
        assert_null(json_object_get(whole, name));
        json_object_set_new(whole, name, json_string("01a1fbfc-8388-7d6a-b8cf-7bf8a88f8bac"));
    }
    (void)(pbjson_read(a, whole, msg, &errors) && pbjson_validate(a, msg, &errors));
    show_errors(r, &errors);
}

static void check_required(const struct route *r, const json_t *schema, const json_t *example)
{
    json_t *name;
    size_t i;

    json_array_foreach(json_object_get(resolved(schema), "required"), i, name) {
        if (!json_object_get(example, json_string_value(name)))
            fail_msg("the example of %s lacks %s", r->path, json_string_value(name));
    }
}

static void check_response(struct cs_arena *a, const struct route *r, json_t *media)
{
    json_t *example = json_object_get(media, "example"), *schema = json_object_get(media, "schema");
    json_t *document = json_object_get(example, "document");
    ProtobufCMessage *msg = pbjson_new(a, r->rpc->output);
    struct pbjson_errors errors = {0};

    if (r->flags & ROUTE_UPLOAD) {
        example = document;
        schema = (json_t *)follow("#/components/schemas/Document");
    }
    if (json_object_size(example) == 0)
        fail_msg("the response of %s has no example", r->path);
    (void)pbjson_read(a, example, msg, &errors);
    show_errors(r, &errors);
    check_required(r, schema, example);
}

static void check_examples(struct cs_arena *a, const struct route *r, json_t *op)
{
    json_t *body = json_object_get(json_object_get(op, "requestBody"), "content"), *media;
    const char *type;
    char status[8];

    json_object_foreach(body, type, media) {
        assert_non_null(json_object_get(media, "example"));
        if (strcmp(type, "application/json") == 0)
            check_request(a, r, json_object_get(media, "example"));
    }
    snprintf(status, sizeof(status), "%d", r->status);
    body = json_object_get(json_object_get(json_object_get(op, "responses"), status), "content");
    assert_int_equal(body != NULL, r->status != 204);
    json_object_foreach(body, type, media) {
        assert_non_null(json_object_get(media, "example"));
        if (r->rpc && strcmp(type, "application/json") == 0)
            check_response(a, r, media);
    }
}

static void test_every_body_has_a_valid_example(void **state)
{
    struct cs_arena a;
    (void)state;

    cs_arena_init(&a);
    for (size_t i = 0; i < n_routes; i++)
        if (operation_of(&routes[i]))
            check_examples(&a, &routes[i], operation_of(&routes[i]));
    cs_arena_dispose(&a);
}

static void test_a_stream_shows_its_events(void **state)
{
    static const char *const events[] = {"id: 1\nevent: start\ndata: {\"turn_id\":",
                                         "id: 2\nevent: sources\ndata: {\"items\":[{",
                                         "event: status\ndata: {\"state\":",
                                         "event: tool_call\ndata: {\"call_id\":",
                                         "event: approval_required\ndata: {\"call_id\":",
                                         "event: delta\ndata: {\"text\":",
                                         "event: usage\ndata: {",
                                         "event: end\ndata: {"};
    struct route_match m;
    (void)state;

    route_find(HTTP_POST, "/api/v1/conversations/x/messages", &m);
    json_t *ok = json_object_get(json_object_get(operation_of(m.route), "responses"), "200");
    json_t *stream = json_object_get(json_object_get(ok, "content"), "text/event-stream");
    const char *text = json_string_value(json_object_get(stream, "example"));
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        assert_non_null(strstr(text, events[i]));
    assert_null(strstr(text, "visitor_token"));
}

static void test_responses_list_what_is_always_there(void **state)
{
    (void)state;
    json_t *required = json_object_get(follow("#/components/schemas/Bot"), "required"), *name;
    size_t i, n = 0;

    json_array_foreach(required, i, name) {
        n += strcmp(json_string_value(name), "id") == 0 ||
             strcmp(json_string_value(name), "allowed_origins") == 0 ||
             strcmp(json_string_value(name), "version") == 0;
        assert_string_not_equal(json_string_value(name), "description");
    }
    assert_int_equal(n, 3);
    /* a request may leave all of it out */
    assert_null(json_object_get(follow("#/components/schemas/BotConfiguration"), "required"));
}

static void test_enum_words_are_described(void **state)
{
    (void)state;
    const json_t *mode = follow("#/components/schemas/SearchRequestBody/properties/mode");
    const char *text = json_string_value(json_object_get(mode, "description"));

    assert_non_null(strstr(text, "\n* `lexical`: Words alone, ranked by BM25."));
    assert_null(strstr(text, "unspecified"));
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

/* Comments of the contract say sizes in words: none may differ from what the programs allow. */
static void test_sizes_in_words_are_the_limits(void **state)
{
    char *text = json_dumps(doc, JSON_COMPACT);
    int of_files = 0;

    (void)state;
    for (const char *at = strstr(text, " MiB"); at; at = strstr(at + 1, " MiB")) {
        const char *digits = at;
        while (isdigit((unsigned char)digits[-1]))
            digits--;
        long size = strtol(digits, NULL, 10);
        if (size != CS_MAX_FILE_MIB && size != 4 && size != 1)
            fail_msg("\"%.*s\" is no limit", (int)(at + 4 - digits), digits);
        of_files += size == CS_MAX_FILE_MIB;
    }
    free(text);
    assert_true(of_files >= 3);
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

/* ---- codes, own errors, bodies, ids and defaults ---- */

static json_t *operation_at(enum http_method method, const char *path)
{
    struct route_match m;

    route_find(method, path, &m);
    assert_non_null(m.route);
    return operation_of(m.route);
}

static void test_codes_are_listed(void **state)
{
    static const char *const some[] = {"invalid", "conflict",     "limited",     "internal",
                                       "timeout", "limited_plan", "limited_day", "limited_minute"};
    const json_t *codes = follow("#/components/schemas/Problem/properties/code/enum");
    size_t n = 0, at;
    json_t *code;
    (void)state;

    json_array_foreach(codes, at, code) {
        for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
            n += strcmp(json_string_value(code), some[i]) == 0;
    }
    assert_int_equal(n, sizeof(some) / sizeof(some[0]));
    assert_int_equal(json_array_size(codes), 17);
}

static void test_own_errors_are_told(void **state)
{
    static const struct {
        enum http_method method;
        const char *path, *status, *text;
    } cases[] = {
        {HTTP_POST, "/api/v1/bots", "429", "limited_plan"},
        {HTTP_POST, "/api/v1/api-keys", "429", "limited_plan"},
        {HTTP_POST, "/api/v1/bots/x/documents", "429", "limited_plan"},
        {HTTP_POST, "/api/v1/conversations/x/messages", "429", "limited_plan"},
        {HTTP_POST, "/api/v1/chat/x", "429", "limited_day"},
        {HTTP_PUT, "/api/v1/bots/x/provider-keys/openai", "422", "private address"},
        {HTTP_POST, "/api/v1/auth/password", "400", "current_password"},
        {HTTP_POST, "/api/v1/chat/x", "403", "suspended"},
        {HTTP_GET, "/api/v1/chat/x/config", "403", "suspended"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *answers =
            json_object_get(operation_at(cases[i].method, cases[i].path), "responses");
        const json_t *answer = resolved(json_object_get(answers, cases[i].status));
        const char *text = json_string_value(json_object_get(answer, "description"));
        if (!text || !strstr(text, cases[i].text))
            fail_msg("%s does not say %s at %s", cases[i].path, cases[i].text, cases[i].status);
    }
}

static bool body_required(const char *path)
{
    json_t *op = operation_at(HTTP_POST, path);

    return json_is_true(json_object_get(json_object_get(op, "requestBody"), "required"));
}

static void test_a_body_is_required_for_its_fields(void **state)
{
    (void)state;
    assert_true(body_required("/api/v1/bots"));
    assert_true(body_required("/api/v1/bots/x/documents"));
    assert_false(body_required("/api/v1/admin/invitations"));
}

static void test_ids_and_defaults_have_their_words(void **state)
{
    const json_t *id = follow("#/components/schemas/Bot/properties/id");
    json_t *limit = parameter_of(operation_at(HTTP_GET, "/api/v1/bots"), "query", "limit");
    (void)state;

    assert_string_equal(json_string_value(json_object_get(id, "format")), "uuid");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(limit, "schema"), "default")), 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_reference_resolves),
        cmocka_unit_test(test_every_route_is_there),
        cmocka_unit_test(test_descriptions_name_the_callers),
        cmocka_unit_test(test_tags_are_described),
        cmocka_unit_test(test_answers_have_headers_and_descriptions),
        cmocka_unit_test(test_every_body_has_a_valid_example),
        cmocka_unit_test(test_a_stream_shows_its_events),
        cmocka_unit_test(test_responses_list_what_is_always_there),
        cmocka_unit_test(test_enum_words_are_described),
        cmocka_unit_test(test_a_body_lacks_what_the_path_says),
        cmocka_unit_test(test_queries_are_parameters),
        cmocka_unit_test(test_sizes_in_words_are_the_limits),
        cmocka_unit_test(test_head_of_the_document),
        cmocka_unit_test(test_codes_are_listed),
        cmocka_unit_test(test_own_errors_are_told),
        cmocka_unit_test(test_a_body_is_required_for_its_fields),
        cmocka_unit_test(test_ids_and_defaults_have_their_words),
    };

    return test_run_with(tests, set_up, tear_down);
}
