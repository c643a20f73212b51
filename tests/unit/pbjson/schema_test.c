/* Schemas of messages of the contract. */
#include "test.h"

#include "chatsphere/v1/names.h"
#include "pbjson/schema.h"

static const json_t *property(const json_t *schemas, const char *message, const char *name)
{
    const json_t *p =
        json_object_get(json_object_get(json_object_get(schemas, message), "properties"), name);
    return p;
}

static void assert_json(const json_t *got, const char *text)
{
    json_auto_t *expected = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);

    assert_non_null(expected);
    if (!json_equal(got, expected)) {
        char *shown = json_dumps(got, JSON_SORT_KEYS);
        print_error("got %s\n", shown ? shown : "nothing");
        free(shown);
    }
    assert_true(json_equal(got, expected));
}

static void a_message_brings_what_it_uses(void **state)
{
    json_auto_t *schemas = json_object();
    (void)state;

    pbjson_schema_add(schemas, &chatsphere__v1__create_bot_request__descriptor);
    size_t n = json_object_size(schemas);
    pbjson_schema_add(schemas, &chatsphere__v1__create_bot_request__descriptor);
    assert_int_equal(json_object_size(schemas), n);
    assert_non_null(json_object_get(schemas, "BotConfiguration"));
    assert_non_null(json_object_get(schemas, "Chunking"));
    assert_null(json_object_get(schemas, "Json"));
    assert_json(json_object_get(json_object_get(schemas, "CreateBotRequest"), "required"),
                "[\"name\"]");
    assert_json(property(schemas, "CreateBotRequest", "name"),
                "{\"type\":\"string\",\"minLength\":1,\"maxLength\":100,\"pattern\":\"\\\\S\","
                "\"description\":\"Name of the bot for display, 1 to 100 characters. Must not be "
                "blank.\"}");
    assert_json(property(schemas, "CreateBotRequest", "widget"),
                "{\"$ref\":\"#/components/schemas/Widget\",\"description\":\"Appearance of the "
                "chat widget.\"}");
}

static void internal_fields_are_not_shown(void **state)
{
    json_auto_t *schemas = json_object();
    (void)state;

    pbjson_schema_add(schemas, &chatsphere__v1__search_request__descriptor);
    assert_non_null(property(schemas, "SearchRequest", "query"));
    assert_null(property(schemas, "SearchRequest", "min_version"));
}

static void what_may_be_cleared_takes_null(void **state)
{
    json_auto_t *schemas = json_object();
    (void)state;

    pbjson_schema_add(schemas, &chatsphere__v1__update_bot_request__descriptor);
    assert_json(property(schemas, "UpdateBotRequest", "is_public"),
                "{\"type\":[\"boolean\",\"null\"],\"description\":\"True for a bot that anyone may "
                "chat with.\"}");
    assert_json(property(schemas, "BotConfiguration", "agent_type"),
                "{\"type\":[\"string\",\"null\"],"
                "\"enum\":[\"rag\",\"react\",\"tool_using\",null],"
                "\"description\":\"Method by which the bot answers. Default rag. With the provider "
                "builtin, or without tools, every method answers like rag.\\n\\n"
                "* `rag`: Retrieve passages, then answer from them.\\n"
                "* `react`: Alternate reasoning steps and tool calls.\\n"
                "* `tool_using`: Let the model call tools by its own tool interface.\"}");
    assert_json(json_object_get(property(schemas, "UpdateBotRequest", "configuration"), "anyOf"),
                "[{\"$ref\":\"#/components/schemas/BotConfiguration\"},{\"type\":\"null\"}]");
    assert_json(json_object_get(property(schemas, "UpdateBotRequest", "bot_id"), "type"),
                "\"string\"");
}

static void limits_and_formats(void **state)
{
    json_auto_t *schemas = json_object();
    (void)state;

    pbjson_schema_add(schemas, &chatsphere__v1__create_api_key_request__descriptor);
    pbjson_schema_add(schemas, &chatsphere__v1__chunking__descriptor);
    pbjson_schema_add(schemas, &chatsphere__v1__login_request__descriptor);
    pbjson_schema_add(schemas, &chatsphere__v1__api_key__descriptor);
    assert_json(
        property(schemas, "CreateApiKeyRequest", "expires_at"),
        "{\"type\":\"string\",\"format\":\"date-time\","
        "\"description\":\"Time of expiry, in the future. Absent: the key never expires.\"}");
    assert_int_equal(json_integer_value(json_object_get(
                         property(schemas, "CreateApiKeyRequest", "scopes"), "maxItems")),
                     8);
    assert_json(
        property(schemas, "Chunking", "size"),
        "{\"type\":\"integer\",\"format\":\"int32\",\"minimum\":200,\"maximum\":4000,"
        "\"description\":\"Target size of a chunk in characters, 200 to 4,000. Default 1,000.\"}");
    assert_json(json_object_get(property(schemas, "LoginRequest", "password"), "format"),
                "\"password\"");
    assert_json(json_object_get(property(schemas, "ApiKey", "last_used_at"), "type"),
                "[\"string\",\"null\"]");
}

static void a_pattern_and_a_choice_are_shown(void **state)
{
    json_auto_t *schemas = json_object();
    (void)state;

    pbjson_schema_add(schemas, &chatsphere__v1__chat_config__descriptor);
    pbjson_schema_add(schemas, &chatsphere__v1__update_bot_request__descriptor);
    assert_json(property(schemas, "Widget", "color"),
                "{\"type\":[\"string\",\"null\"],\"pattern\":\"^#[0-9A-Fa-f]{6}$\",\"description\":"
                "\"Accent colour as a hash and six hexadecimal digits, in the form #rrggbb.\"}");
    assert_json(property(schemas, "Widget", "position"),
                "{\"type\":[\"string\",\"null\"],\"enum\":[\"left\",\"right\",null],"
                "\"description\":\"Corner of the page in which the widget is shown.\"}");
}

static void free_values_say_their_size(void **state)
{
    json_auto_t *schemas = json_object();
    (void)state;

    pbjson_schema_add(schemas, &chatsphere__v1__create_conversation_request__descriptor);
    const char *text = json_string_value(
        json_object_get(property(schemas, "CreateConversationRequest", "metadata"), "description"));
    assert_non_null(text);
    assert_non_null(strstr(text, "At most 65536 bytes as compact JSON."));
}

static void one_field_for_a_parameter(void **state)
{
    json_auto_t *limit =
        pbjson_schema_field(&chatsphere__v1__list_bots_request__descriptor, "limit");
    json_auto_t *mode = pbjson_schema_field(&chatsphere__v1__search_request__descriptor, "mode");
    json_auto_t *ref = pbjson_schema_ref(&chatsphere__v1__bot__descriptor);
    (void)state;

    assert_json(limit, "{\"type\":\"integer\",\"format\":\"int32\",\"minimum\":1,\"maximum\":100,"
                       "\"default\":20,"
                       "\"description\":\"Maximum number of items, 1 to 100. Default 20.\"}");
    assert_json(json_object_get(mode, "enum"), "[\"hybrid\",\"vector\",\"lexical\"]");
    assert_json(ref, "{\"$ref\":\"#/components/schemas/Bot\"}");
}

/* Every reference leads somewhere, whatever the page begins with. */
static void check_refs(const json_t *schemas, const json_t *v)
{
    const char *key, *ref = json_string_value(json_object_get(v, "$ref"));
    const json_t *value;
    size_t i;

    if (ref)
        assert_non_null(json_object_get(schemas, strrchr(ref, '/') + 1));
    json_object_foreach((json_t *)v, key, value) {
        check_refs(schemas, value);
    }
    json_array_foreach(v, i, value) {
        check_refs(schemas, value);
    }
}

static void all_references_lead_somewhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < cs_n_rpcs; i++) {
        json_auto_t *schemas = json_object();
        pbjson_schema_add(schemas, cs_rpcs[i]->input);
        pbjson_schema_add(schemas, cs_rpcs[i]->output);
        check_refs(schemas, schemas);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_brings_what_it_uses),
        cmocka_unit_test(internal_fields_are_not_shown),
        cmocka_unit_test(what_may_be_cleared_takes_null),
        cmocka_unit_test(limits_and_formats),
        cmocka_unit_test(a_pattern_and_a_choice_are_shown),
        cmocka_unit_test(free_values_say_their_size),
        cmocka_unit_test(one_field_for_a_parameter),
        cmocka_unit_test(all_references_lead_somewhere),
    };
    return test_run(tests);
}
