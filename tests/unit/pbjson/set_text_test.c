/* Query parameters into fields of each type. */
#include "test.h"

#include "chatsphere/v1/names.h"
#include "pbjson/pbjson.h"

static struct pbjson_errors errors;

static int set_up(void **state)
{
    (void)state;
    errors = (struct pbjson_errors){.n = 0};
    return 0;
}

static void each_type_is_parsed(void **state)
{
    ListConversationsRequest *m = ListConversationsRequest_new(&arena);
    SearchRequest *s = SearchRequest_new(&arena);
    BotConfiguration *c = BotConfiguration_new(&arena);
    (void)state;

    assert_true(pbjson_set_text(&arena, &m->base, "bot_id", "b", &errors));
    assert_true(pbjson_set_text(&arena, &m->base, "status", "ended", &errors));
    assert_true(pbjson_set_text(&arena, &m->base, "from", "1970-01-01T00:00:01Z", &errors));
    assert_true(pbjson_set_text(&arena, &m->base, "limit", "100", &errors));
    assert_true(pbjson_set_text(&arena, &s->base, "mode", "lexical", &errors));
    assert_true(pbjson_set_text(&arena, &c->base, "temperature", "1.5e0", &errors));
    assert_true(pbjson_set_text(&arena, &c->base, "show_sources", "false", &errors));
    assert_int_equal(errors.n, 0);
    assert_string_equal(m->bot_id, "b");
    assert_true(m->has_status && m->status == CONVERSATION_STATUS_ENDED);
    assert_true(m->has_from && m->from == 1000);
    assert_true(m->has_limit && m->limit == 100);
    assert_true(s->has_mode && s->mode == SEARCH_MODE_LEXICAL);
    assert_true(c->has_temperature && c->temperature > 1.49 && c->temperature < 1.51);
    assert_true(c->has_show_sources && !c->show_sources);
}

static void wrong_text_is_told(void **state)
{
    static const struct {
        const char *field, *text, *message;
    } cases[] = {
        {"limit", "", "The value must be a whole number."},
        {"limit", "5x", "The value must be a whole number."},
        {"limit", " 5", "The value must be a whole number."},
        {"limit", "0x10", "The value must be a whole number."},
        {"limit", "2147483648", "The value is too large or too small."},
        {"limit", "99999999999999999999", "The value is too large or too small."},
        {"from", "yesterday", "The value must be a time such as 2026-01-31T12:00:00Z."},
        {"status", "ENDED", "The value must be one of active, ended."},
        {"limits", "5", "The query parameter does not exist here. Did you mean \"limit\"?"},
        {"x", "5", "The query parameter does not exist here."},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ListConversationsRequest *m = ListConversationsRequest_new(&arena);
        errors.n = 0;
        assert_false(pbjson_set_text(&arena, &m->base, cases[i].field, cases[i].text, &errors));
        assert_int_equal(errors.n, 1);
        assert_string_equal(errors.at[0].field, cases[i].field);
        assert_string_equal(errors.at[0].message, cases[i].message);
        assert_false(m->has_limit || m->has_from || m->has_status);
    }
}

static void numbers_are_finite_and_plain(void **state)
{
    static const char *const texts[] = {"inf", "nan", "0x1p3", "1,5", "", "1e999"};
    (void)state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        BotConfiguration *c = BotConfiguration_new(&arena);
        assert_false(pbjson_set_text(&arena, &c->base, "temperature", texts[i], &errors));
        assert_false(c->has_temperature);
    }
}

static void internal_fields_do_not_exist(void **state)
{
    PublicMessageRequest *m = PublicMessageRequest_new(&arena);
    (void)state;

    assert_false(pbjson_set_text(&arena, &m->base, "address", "127.0.0.1", &errors));
    assert_null(m->address);
}

static void secrets_are_refused(void **state)
{
    LoginRequest *m = LoginRequest_new(&arena);
    (void)state;

    assert_true(pbjson_set_text(&arena, &m->base, "username", "ada", &errors));
    assert_false(pbjson_set_text(&arena, &m->base, "password", "correct horse", &errors));
    assert_null(m->password);
    assert_string_equal(errors.at[0].message, "The value must not be part of a URL.");
}

static void repeated_strings_are_appended(void **state)
{
    CreateApiKeyRequest *m = CreateApiKeyRequest_new(&arena);
    (void)state;

    for (int i = 0; i < 100; i++)
        assert_true(
            pbjson_set_text(&arena, &m->base, "scopes", cs_printf(&arena, "s%d", i), &errors));
    assert_int_equal(m->n_scopes, 100);
    for (int i = 0; i < 100; i++)
        assert_string_equal(m->scopes[i], cs_printf(&arena, "s%d", i));
}

static void appending_leaves_what_was_read(void **state)
{
    static char *borrowed[] = {(char *)"a", (char *)"b", (char *)"c"};
    CreateApiKeyRequest *m = CreateApiKeyRequest_new(&arena);
    (void)state;

    m->scopes = borrowed;
    m->n_scopes = 3;
    assert_true(pbjson_set_text(&arena, &m->base, "scopes", "d", &errors));
    assert_int_equal(m->n_scopes, 4);
    assert_string_equal(m->scopes[0], "a");
    assert_string_equal(m->scopes[3], "d");
}

static void messages_are_no_text(void **state)
{
    CreateBotRequest *m = CreateBotRequest_new(&arena);
    (void)state;

    assert_false(pbjson_set_text(&arena, &m->base, "widget", "{}", &errors));
    assert_string_equal(errors.at[0].message, "The field is not allowed here.");
    assert_null(m->widget);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_type_is_parsed, set_up),
        cmocka_unit_test_setup(wrong_text_is_told, set_up),
        cmocka_unit_test_setup(numbers_are_finite_and_plain, set_up),
        cmocka_unit_test_setup(internal_fields_do_not_exist, set_up),
        cmocka_unit_test_setup(secrets_are_refused, set_up),
        cmocka_unit_test_setup(repeated_strings_are_appended, set_up),
        cmocka_unit_test_setup(appending_leaves_what_was_read, set_up),
        cmocka_unit_test_setup(messages_are_no_text, set_up),
    };
    return test_run(tests);
}
