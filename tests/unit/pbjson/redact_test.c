/* Secrets absent at every depth, and everything else unchanged. */
#include "test.h"

#include "pbjson/redact.h"

#include "chatsphere/v1/names.h"

static void a_secret_is_absent_and_the_rest_stays(void **state)
{
    ApiKey key = API_KEY_INIT;
    char scope[] = "bots:read", *scopes[] = {scope};
    (void)state;

    key.id = (char *)"k1";
    key.secret = (char *)"cs_secret";
    key.scopes = scopes;
    key.n_scopes = 1;
    ApiKey_set_created_at(&key, 7);
    const ApiKey *shown = (const ApiKey *)pbjson_redact(&arena, &key.base);
    assert_null(shown->secret);
    assert_string_equal(shown->id, "k1");
    assert_int_equal(shown->n_scopes, 1);
    assert_string_equal(shown->scopes[0], "bots:read");
    assert_int_equal(shown->created_at, 7);
    assert_string_equal(key.secret, "cs_secret");
}

static void secrets_are_absent_at_any_depth(void **state)
{
    Frame frame = FRAME_INIT;
    StartFrame start = START_FRAME_INIT;
    ApiKey key = API_KEY_INIT, *items[] = {&key};
    ApiKeyList list = API_KEY_LIST_INIT;
    (void)state;

    start.turn_id = (char *)"t1";
    start.visitor_token = (char *)"visitor";
    frame.kind_case = FRAME_KIND_START;
    frame.start = &start;
    const Frame *f = (const Frame *)pbjson_redact(&arena, &frame.base);
    assert_int_equal(f->kind_case, FRAME_KIND_START);
    assert_string_equal(f->start->turn_id, "t1");
    assert_null(f->start->visitor_token);
    assert_non_null(start.visitor_token);

    key.id = (char *)"k1";
    key.secret = (char *)"cs_secret";
    list.items = items;
    list.n_items = 1;
    const ApiKeyList *l = (const ApiKeyList *)pbjson_redact(&arena, &list.base);
    assert_int_equal(l->n_items, 1);
    assert_string_equal(l->items[0]->id, "k1");
    assert_null(l->items[0]->secret);
    assert_non_null(key.secret);
}

static void another_case_of_a_oneof_is_left_alone(void **state)
{
    Frame frame = FRAME_INIT;
    DeltaFrame delta = DELTA_FRAME_INIT;
    (void)state;

    delta.text = (char *)"hello";
    frame.kind_case = FRAME_KIND_DELTA;
    frame.delta = &delta;
    const Frame *f = (const Frame *)pbjson_redact(&arena, &frame.base);
    assert_int_equal(f->kind_case, FRAME_KIND_DELTA);
    assert_string_equal(f->delta->text, "hello");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_absent_and_the_rest_stays),
        cmocka_unit_test(secrets_are_absent_at_any_depth),
        cmocka_unit_test(another_case_of_a_oneof_is_left_alone),
    };

    return test_run(tests);
}
