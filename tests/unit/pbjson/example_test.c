/* Examples of requests and responses of the contract, and their order and absences. */
#include "test.h"

#include "chatsphere/v1/names.h"
#include "pbjson/example.h"

#include <stdlib.h>

static const char *text_of(const json_t *object, const char *field)
{
    return json_string_value(json_object_get(object, field));
}

static void a_request_shows_fields_with_an_example(void **state)
{
    json_auto_t *request =
        pbjson_example(&chatsphere__v1__create_bot_request__descriptor, PBJSON_REQUEST);
    const json_t *config = json_object_get(request, "configuration");
    (void)state;

    assert_string_equal(text_of(request, "name"), "Guide");
    assert_true(json_is_true(json_object_get(request, "is_public")));
    assert_true(json_is_array(json_object_get(request, "allowed_origins")));
    assert_int_equal(json_integer_value(json_object_get(config, "retriever_k")), 5);
    assert_null(json_object_get(config, "embedding_model")); /* optional, without an example */
    assert_null(json_object_get(config, "rerank"));          /* no field of it has an example */
    assert_null(json_object_get(config, "clear"));           /* internal */
}

static void a_response_shows_lists_and_nulls(void **state)
{
    json_auto_t *key = pbjson_example(&chatsphere__v1__api_key__descriptor, PBJSON_RESPONSE);
    json_auto_t *list = pbjson_example(&chatsphere__v1__bot_list__descriptor, PBJSON_RESPONSE);
    const json_t *bot = json_array_get(json_object_get(list, "items"), 0);
    (void)state;

    assert_true(json_is_null(json_object_get(key, "last_used_at")));
    assert_string_equal(text_of(key, "created_at"), "2026-01-31T12:00:00.000Z");
    assert_true(json_is_null(json_object_get(list, "next_cursor")));
    assert_true(json_is_array(json_object_get(json_object_get(bot, "configuration"), "tools")));
}

static void the_same_noun_has_the_same_id(void **state)
{
    json_auto_t *bot = pbjson_example(&chatsphere__v1__bot__descriptor, PBJSON_RESPONSE);
    json_auto_t *document = pbjson_example(&chatsphere__v1__document__descriptor, PBJSON_RESPONSE);
    json_auto_t *parameter =
        pbjson_example_field(&chatsphere__v1__bot_request__descriptor, "bot_id");
    (void)state;

    assert_string_equal(text_of(bot, "id"), text_of(document, "bot_id"));
    assert_string_equal(text_of(bot, "id"), json_string_value(parameter));
    assert_string_not_equal(text_of(bot, "id"), text_of(document, "id"));
}

static void a_word_of_an_enum_needs_no_example(void **state)
{
    json_auto_t *user = pbjson_example(&chatsphere__v1__user__descriptor, PBJSON_RESPONSE);
    (void)state;

    assert_string_equal(text_of(user, "status"), "active");
    assert_null(pbjson_example_field(&chatsphere__v1__bot_request__descriptor, "no_such_field"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_shows_fields_with_an_example),
        cmocka_unit_test(a_response_shows_lists_and_nulls),
        cmocka_unit_test(the_same_noun_has_the_same_id),
        cmocka_unit_test(a_word_of_an_enum_needs_no_example),
    };
    return test_run(tests);
}
