/* What JSON cannot bring but bytes can, and the bounds of the list of errors. */
#include "test.h"

#include "chatsphere/v1/names.h"
#include "pbjson/contract.h"
#include "pbjson/pbjson.h"

#include <regex.h>

static struct pbjson_errors errors;

static int set_up(void **state)
{
    (void)state;
    errors = (struct pbjson_errors){.n = 0};
    return 0;
}

static void assert_error(const char *field, const char *message)
{
    assert_int_equal(errors.n, 1);
    assert_string_equal(errors.at[0].field, field);
    assert_string_equal(errors.at[0].message, message);
}

static void text_must_be_utf8(void **state)
{
    static const char *const wrong[] = {
        "\x80",         "\xc3",         "a\xc3(",           "\xc0\xaf",
        "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
        "\xff"};
    static const char *const right[] = {
        "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"};
    CreateBotRequest m = CREATE_BOT_REQUEST_INIT;
    (void)state;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        errors.n = 0;
        m.name = (char *)wrong[i];
        assert_false(pbjson_validate(&arena, &m.base, &errors));
        assert_error("name", "The value must be UTF-8 text.");
    }
    errors.n = 0;
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
        m.name = (char *)right[i];
        assert_true(pbjson_validate(&arena, &m.base, &errors));
    }
}

static void enum_values_must_be_known(void **state)
{
    BotConfiguration c = BOT_CONFIGURATION_INIT;
    CreateBotRequest m = CREATE_BOT_REQUEST_INIT;
    (void)state;

    m.name = (char *)"x";
    m.configuration = &c;
    BotConfiguration_set_agent_type(&c, (AgentType)7);
    assert_false(pbjson_validate(&arena, &m.base, &errors));
    assert_error("configuration.agent_type", "The value is not one of the known ones.");
    errors.n = 0;
    c.agent_type = AGENT_TYPE_REACT;
    assert_true(pbjson_validate(&arena, &m.base, &errors));
}

static void a_text_matches_its_pattern(void **state)
{
    static const char *const wrong[] = {"",         "red",      "#12abf",    "#12abfg",
                                        "#12abff0", "x#12abff", "#12abff\n", "\n#12abff"};
    Widget w = WIDGET_INIT;
    (void)state;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        errors.n = 0;
        w.color = (char *)wrong[i];
        assert_false(pbjson_validate(&arena, &w.base, &errors));
        assert_error("color", "The value must match ^#[0-9A-Fa-f]{6}$, such as #2266aa.");
    }
    errors.n = 0;
    w.color = (char *)"#12aBfF";
    assert_true(pbjson_validate(&arena, &w.base, &errors));
}

static void a_text_is_one_of_the_choice(void **state)
{
    static const char *const wrong[] = {"", "middle", "lef", "leftt", "left, right", "Left"};
    Widget w = WIDGET_INIT;
    (void)state;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        errors.n = 0;
        w.position = (char *)wrong[i];
        assert_false(pbjson_validate(&arena, &w.base, &errors));
        assert_error("position", "The value must be one of: left, right.");
    }
    errors.n = 0;
    w.position = (char *)"left";
    assert_true(pbjson_validate(&arena, &w.base, &errors));
    w.position = (char *)"right";
    assert_true(pbjson_validate(&arena, &w.base, &errors));
}

/* Of every pattern in the contract: it compiles, is of the whole text, and its field has an example, which matches. */
static void patterns_of_the_contract_match_their_example(void **state)
{
    size_t n = 0;
    (void)state;

    for (size_t i = 0; i < cs_n_message_metas; i++) {
        const struct cs_message_meta *m = &cs_message_metas[i];
        for (unsigned k = 0; k < m->desc->n_fields; k++) {
            const char *pattern = m->fields[k].pattern, *example = m->fields[k].example;
            regex_t regex;

            if (!pattern)
                continue;
            n++;
            assert_int_equal(pattern[0], '^');
            assert_int_equal(pattern[strlen(pattern) - 1], '$');
            assert_null(strchr(pattern, '\\'));
            assert_non_null(example);
            assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
            assert_int_equal(regexec(&regex, example, 0, NULL, 0), 0);
            regfree(&regex);
        }
    }
    assert_true(n > 0);
}

static void not_a_number_is_out_of_range(void **state)
{
    BotConfiguration c = BOT_CONFIGURATION_INIT;
    (void)state;

    BotConfiguration_set_temperature(&c, __builtin_nan(""));
    assert_false(pbjson_validate(&arena, &c.base, &errors));
    assert_error("temperature", "The value must be from 0 to 2.");
}

static void free_json_has_a_limit_of_its_own(void **state)
{
    CreateConversationRequest m = CREATE_CONVERSATION_REQUEST_INIT;
    Json json = JSON_INIT;
    (void)state;

    m.bot_id = (char *)"b";
    m.metadata = &json;
    assert_true(pbjson_validate(&arena, &m.base, &errors));
    json.text = cs_alloc(&arena, 65538);
    memset(json.text, ' ', 65536);
    json.text[0] = '1';
    assert_true(pbjson_validate(&arena, &m.base, &errors));
    json.text[65536] = ' ';
    assert_false(pbjson_validate(&arena, &m.base, &errors));
    assert_error("metadata", "The value must have at most 65536 bytes.");
}

static void errors_are_bounded(void **state)
{
    CreateBotRequest m = CREATE_BOT_REQUEST_INIT;
    char *origins[3 * PBJSON_MAX_ERRORS];
    (void)state;

    m.name = (char *)"x";
    m.allowed_origins = origins;
    m.n_allowed_origins = 3 * PBJSON_MAX_ERRORS;
    for (int i = 0; i < 3 * PBJSON_MAX_ERRORS; i++)
        origins[i] = (char *)"\xff";
    assert_false(pbjson_validate(&arena, &m.base, &errors));
    assert_int_equal(errors.n, PBJSON_MAX_ERRORS);
    assert_string_equal(errors.at[15].field, "allowed_origins[15]");
    /* and what comes later is still no success */
    assert_false(pbjson_validate(&arena, &m.base, &errors));
    pbjson_error(&errors, "more", "wrong");
    assert_int_equal(errors.n, PBJSON_MAX_ERRORS);
}

static void long_names_are_cut_in_paths(void **state)
{
    char *key = cs_alloc(&arena, 5001);
    CreateBotRequest m = CREATE_BOT_REQUEST_INIT;
    json_auto_t *object = json_object();
    (void)state;

    memset(key, 'k', 5000);
    json_object_set_new(object, key, json_null());
    assert_false(pbjson_read(&arena, object, &m.base, &errors));
    assert_int_equal(errors.n, 1);
    assert_int_equal(strlen(errors.at[0].field), 100);
}

static void malformed_bytes_are_refused(void **state)
{
    static const unsigned char cut[] = {0x0a, 0x05, 'a'};
    (void)state;

    assert_null(
        pbjson_unpack(&arena, &chatsphere__v1__create_bot_request__descriptor, cut, sizeof(cut)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(text_must_be_utf8, set_up),
        cmocka_unit_test_setup(enum_values_must_be_known, set_up),
        cmocka_unit_test_setup(a_text_matches_its_pattern, set_up),
        cmocka_unit_test_setup(a_text_is_one_of_the_choice, set_up),
        cmocka_unit_test(patterns_of_the_contract_match_their_example),
        cmocka_unit_test_setup(not_a_number_is_out_of_range, set_up),
        cmocka_unit_test_setup(free_json_has_a_limit_of_its_own, set_up),
        cmocka_unit_test_setup(errors_are_bounded, set_up),
        cmocka_unit_test_setup(long_names_are_cut_in_paths, set_up),
        cmocka_unit_test_setup(malformed_bytes_are_refused, set_up),
    };
    return test_run(tests);
}
