/* Paths against the route table, and rules that hold for each of its rows. */
#include "test.h"

#include "edge/routes.h"

#include "chatsphere/v1/names.h"
#include "nats/topology.h"

#define ID "01a1fbdf-0848-72c9-a5f3-08e7249ad3a8"

static struct route_match find(enum http_method method, const char *path)
{
    struct route_match m;

    route_find(method, path, &m);
    return m;
}

static void test_literal_and_parameters(void **state)
{
    (void)state;
    struct route_match m = find(HTTP_GET, "/api/v1/bots");

    assert_non_null(m.route);
    assert_ptr_equal(m.route->rpc, RPC_BOT_STORE_LIST_BOTS);
    assert_int_equal(m.n_params, 0);

    m = find(HTTP_DELETE, "/api/v1/bots/" ID "/documents/x%20y");
    assert_ptr_equal(m.route->rpc, RPC_INGEST_DELETE_DOCUMENT);
    assert_int_equal(m.n_params, 2);
    assert_string_equal(m.params[0].name, "bot_id");
    assert_string_equal(m.params[0].value, ID);
    assert_string_equal(m.params[1].name, "document_id");
    assert_string_equal(m.params[1].value, "x y");
}

static void test_unknown_path_and_wrong_method(void **state)
{
    (void)state;
    char allow[ROUTE_ALLOW_SIZE];
    struct route_match m = find(HTTP_DELETE, "/api/v1/bots");

    assert_null(m.route);
    route_allow(m.methods, allow);
    assert_string_equal(allow, "GET, POST, HEAD");

    m = find(HTTP_OTHER, "/api/v1/bots");
    assert_null(m.route);
    assert_int_not_equal(m.methods, 0);

    static const char *const unknown[] = {
        "/api/v1/bot",
        "/api/v1/bots/",
        "/api/v1/bots//documents",
        "/api/v1/BOTS",
        "",
        "x",
        "/api/v1/bots/" ID "/documents/" ID "/content/x",
        "//api/v1/bots",
        ("/api/v1/bots%2f" ID),
        "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z",
    };
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        m = find(HTTP_GET, unknown[i]);
        assert_null(m.route);
        assert_int_equal(m.methods, 0);
    }
}

static void test_head_is_get_but_not_of_endless_answers(void **state)
{
    (void)state;
    assert_ptr_equal(find(HTTP_HEAD, "/api/v1/auth/me").route,
                     find(HTTP_GET, "/api/v1/auth/me").route);
    assert_null(find(HTTP_HEAD, "/api/v1/bots/" ID "/documents/" ID "/events").route);
    assert_null(find(HTTP_HEAD, "/api/v1/auth/login").route);
}

static void test_decode(void **state)
{
    (void)state;
    char out[8];

    assert_true(route_decode("a%2Fb%c3%a4", 11, out, sizeof(out)));
    assert_string_equal(out, "a/b\xc3\xa4");
    assert_false(route_decode("%0", 2, out, sizeof(out)));
    assert_false(route_decode("%zz", 3, out, sizeof(out)));
    assert_false(route_decode("%00", 3, out, sizeof(out)));
    assert_false(route_decode("a%0ab", 5, out, sizeof(out)));
    assert_false(route_decode("12345678", 8, out, sizeof(out)));
}

/* every {name} of a row is a field of what its rpc takes, the edge may call it, and rows are told apart */
static void test_rows_are_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_routes; i++) {
        const struct route *r = &routes[i];
        assert_true((r->rpc != NULL) != (r->local != NULL));
        if (r->rpc &&
            !cs_topology_may_call(cs_topology_find("edge"), r->rpc->service, r->rpc->method))
            fail_msg("%s: the edge's .calls lack %s.%s", r->path, r->rpc->service, r->rpc->method);
        for (const char *p = r->rpc ? strchr(r->path, '{') : NULL; p; p = strchr(p + 1, '{')) {
            char name[64];
            snprintf(name, sizeof(name), "%.*s", (int)strcspn(p + 1, "}"), p + 1);
            if (!protobuf_c_message_descriptor_get_field_by_name(r->rpc->input, name))
                fail_msg("%s: no field %s in %s", r->path, name, r->rpc->input->name);
        }
        if (r != route_fallback)
            assert_ptr_equal(find(r->method, r->path).route, r);
    }
    assert_string_equal(route_fallback->path, "*");
}

/* what one forgets in a new row is refused to all but those meant */
static void test_rows_that_change_things_need_rights(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_routes; i++) {
        const struct route *r = &routes[i];
        if (r->method != HTTP_GET)
            assert_int_not_equal(r->limit, LIMIT_NONE);
        if (r->role == ROUTE_NOBODY)
            assert_true(r->flags & (ROUTE_PUBLIC | ROUTE_VISITOR));
        if (r->flags & ROUTE_STAFF)
            assert_null(r->scope);
        if (r->scope && r->method != HTTP_GET && r->rpc != RPC_RETRIEVE_SEARCH &&
            r->rpc != RPC_CHAT_SEARCH_CONVERSATIONS)
            assert_non_null(strstr(r->scope, ":write"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literal_and_parameters),
        cmocka_unit_test(test_unknown_path_and_wrong_method),
        cmocka_unit_test(test_head_is_get_but_not_of_endless_answers),
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_rows_are_sound),
        cmocka_unit_test(test_rows_that_change_things_need_rights),
    };

    return test_run(tests);
}
