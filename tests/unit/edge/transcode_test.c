/* Requests whose path, query and body become one message. */
#include "test.h"

#include "edge/transcode.h"

#include "edge/answer.h"

#include "chatsphere/v1/names.h"

#define ID "01a1fbdf-0848-72c9-a5f3-08e7249ad3a8"
#define NIL "00000000-0000-0000-0000-000000000000"

static const void *transcode(enum http_method method, const char *path, const char *query,
                             const char *body)
{
    struct http_request *http = CS_NEW(&arena, struct http_request, 1);
    struct request *r = CS_NEW(&arena, struct request, 1);

    http->arena = &arena;
    http->method = method;
    http->query = query;
    r->http = http;
    route_find(method, path, &r->match);
    r->route = r->match.route;
    assert_non_null(r->route);
    assert_true(transcode_object(r, body ? json_loads(body, 0, NULL) : NULL));
    return r->msg;
}

static void test_path_query_and_body_meet_in_one_message(void **state)
{
    (void)state;
    const UpdateBotRequest *u =
        transcode(HTTP_PATCH, "/api/v1/bots/" ID, "", "{\"name\":\"x\",\"description\":null}");
    const ListDocumentsRequest *l = transcode(HTTP_GET, "/api/v1/bots/" ID "/documents",
                                              "status=ready&limit=7&cursor=a%2Bb+c", NULL);

    assert_string_equal(u->bot_id, ID);
    assert_string_equal(u->name, "x");
    assert_int_equal(u->n_clear, 1);
    assert_string_equal(u->clear[0], "description");
    assert_string_equal(l->bot_id, ID);
    assert_int_equal(l->status, DOCUMENT_STATUS_READY);
    assert_int_equal(l->limit, 7);
    assert_string_equal(l->cursor, "a+b c");
}

/* so a service answers it as it answers any id it does not know */
static void test_a_malformed_id_becomes_one_that_names_nothing(void **state)
{
    (void)state;
    const DocumentRequest *d =
        transcode(HTTP_GET, "/api/v1/bots/" ID "/documents/..%2f..%2fx", "", NULL);
    const ProviderKeyRequest *p =
        transcode(HTTP_DELETE, "/api/v1/bots/xyz/provider-keys/openai", "", NULL);
    const ApiKeyRequest *k = transcode(HTTP_GET, "/api/v1/api-keys/1", "", NULL);

    assert_string_equal(d->bot_id, ID);
    assert_string_equal(d->document_id, NIL);
    assert_string_equal(p->bot_id, NIL);
    assert_string_equal(p->provider, "openai");
    assert_string_equal(k->id, NIL);
}

static void test_stream_is_seen(void **state)
{
    (void)state;
    const char *path = "/api/v1/conversations/" ID "/messages";

    assert_true(transcode_wants_stream(
        transcode(HTTP_POST, path, "", "{\"content\":\"x\",\"stream\":true}")));
    assert_false(transcode_wants_stream(
        transcode(HTTP_POST, path, "", "{\"content\":\"x\",\"stream\":false}")));
    assert_false(transcode_wants_stream(transcode(HTTP_POST, path, "", "{\"content\":\"x\"}")));
    assert_false(transcode_wants_stream(transcode(HTTP_GET, "/api/v1/bots", "", NULL)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path_query_and_body_meet_in_one_message),
        cmocka_unit_test(test_a_malformed_id_becomes_one_that_names_nothing),
        cmocka_unit_test(test_stream_is_seen),
    };

    return test_run(tests);
}
