/* What tools/gen made of the .proto files. */
#include "test.h"

#include "chatsphere/v1/names.h"

#include <google/protobuf/descriptor.pb-c.h>

static const struct cs_field_meta *field(const ProtobufCMessageDescriptor *desc, const char *name)
{
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(desc, name);
    const struct cs_message_meta *m = cs_message_meta(desc);

    assert_non_null(f);
    assert_non_null(m);
    return &m->fields[f - desc->fields];
}

static void rpcs_are_found(void **state)
{
    const struct cs_rpc *rpc = cs_rpc_find("bot_store", "get_bot");
    (void)state;

    assert_ptr_equal(rpc, RPC_BOT_STORE_GET_BOT);
    assert_string_equal(rpc->subject, "chatsphere.v1.bot_store.get_bot");
    assert_ptr_equal(rpc->input, &chatsphere__v1__bot_request__descriptor);
    assert_ptr_equal(rpc->output, &chatsphere__v1__bot__descriptor);
    assert_true(strncmp(rpc->comment, "Get one bot ", 12) == 0);
    assert_null(cs_rpc_find("bot_store", "no_such"));
    assert_null(cs_rpc_find("auth", "get_bot"));
}

static void subjects_are_unique(void **state)
{
    (void)state;
    assert_true(cs_n_rpcs > 50);
    for (size_t i = 0; i < cs_n_rpcs; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(cs_rpcs[i]->subject, cs_rpcs[j]->subject);
}

static void every_message_is_in_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < cs_n_message_metas; i++)
        assert_ptr_equal(cs_message_meta(cs_message_metas[i].desc), &cs_message_metas[i]);
    for (size_t i = 0; i < cs_n_rpcs; i++) {
        assert_non_null(cs_message_meta(cs_rpcs[i]->input));
        assert_non_null(cs_message_meta(cs_rpcs[i]->output));
    }
    for (size_t i = 0; i < cs_n_enum_metas; i++)
        assert_ptr_equal(cs_enum_meta(cs_enum_metas[i].desc), &cs_enum_metas[i]);
    assert_null(cs_message_meta(&google__protobuf__file_descriptor_set__descriptor));
}

static void options_stand_at_their_fields(void **state)
{
    const ProtobufCMessageDescriptor *registering = &chatsphere__v1__register_request__descriptor,
                                     *key = &chatsphere__v1__api_key__descriptor,
                                     *config = &chatsphere__v1__bot_configuration__descriptor;
    (void)state;

    assert_true(field(registering, "password")->secret);
    assert_true(field(registering, "password")->required);
    assert_int_equal(field(registering, "password")->min_len, 10);
    assert_int_equal(field(registering, "password")->max_len, 256);
    assert_false(field(registering, "first_name")->required);
    assert_true(field(key, "secret")->secret);
    assert_true(field(key, "expires_at")->time && field(key, "expires_at")->nullable);
    assert_false(field(key, "created_at")->nullable);
    assert_true(field(config, "temperature")->has_min && field(config, "temperature")->has_max);
    assert_true(field(config, "temperature")->max > 1.99 &&
                field(config, "temperature")->max < 2.01);
    assert_false(field(config, "llm_model")->has_min);
    assert_true(field(config, "clear")->internal);
    assert_string_equal(field(config, "chunking")->comment,
                        "Splitting of documents into chunks. Absent: the defaults.");
    assert_true(field(key, "id")->always);
    assert_false(field(key, "secret")->always);
    assert_string_equal(field(config, "llm_provider")->example, "openai");
    assert_null(field(config, "clear")->example);
}

static void errors_of_an_rpc_are_listed(void **state)
{
    const struct cs_rpc_error *login = RPC_AUTH_LOGIN->errors;
    (void)state;

    assert_int_equal(login[0].status, 401);
    assert_string_equal(login[0].comment, "The username, email address or password is wrong.");
    assert_int_equal(login[1].status, 403);
    assert_int_equal(login[2].status, 0);
    assert_int_equal(RPC_AUTH_LOGOUT->errors[0].status, 0);
    for (size_t i = 0; i < cs_n_rpcs; i++)
        for (const struct cs_rpc_error *e = cs_rpcs[i]->errors; e->status; e++) {
            assert_in_range(e->status, 400, 599);
            assert_true(strlen(e->comment) > 20);
            assert_int_equal(e->comment[strlen(e->comment) - 1], '.');
        }
}

static void values_of_an_enum_have_comments(void **state)
{
    const struct cs_enum_meta *m = cs_enum_meta(&chatsphere__v1__search_mode__descriptor);
    (void)state;

    assert_int_equal(m->n_values, 4);
    assert_int_equal(m->values[3].value, SEARCH_MODE_LEXICAL);
    assert_string_equal(m->values[3].comment, "Words alone, ranked by BM25.");
}

static void enums_know_their_prefix(void **state)
{
    (void)state;
    assert_string_equal(cs_enum_meta(&chatsphere__v1__agent_type__descriptor)->prefix,
                        "AGENT_TYPE_");
    for (size_t i = 0; i < cs_n_enum_metas; i++)
        for (unsigned v = 0; v < cs_enum_metas[i].desc->n_values; v++)
            assert_memory_equal(cs_enum_metas[i].desc->values[v].name, cs_enum_metas[i].prefix,
                                strlen(cs_enum_metas[i].prefix));
}

/* A secret in an event or a log would be one for everybody. */
static void tokens_and_keys_are_secret(void **state)
{
    static const char *const names[] = {
        "password",      "current_password", "new_password",  "access_token",
        "refresh_token", "api_key",          "visitor_token", "secret"};
    (void)state;

    for (size_t i = 0; i < cs_n_message_metas; i++)
        for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
            const struct cs_message_meta *m = &cs_message_metas[i];
            const ProtobufCFieldDescriptor *f =
                protobuf_c_message_descriptor_get_field_by_name(m->desc, names[n]);
            if (f && f->type == PROTOBUF_C_TYPE_STRING && !m->fields[f - m->desc->fields].secret)
                fail_msg("%s.%s is not marked secret", m->desc->name, names[n]);
        }
}

static void constructors_initialise(void **state)
{
    (void)state;

    Frame *f = Frame_new(&arena);
    assert_ptr_equal(f->base.descriptor, &chatsphere__v1__frame__descriptor);
    assert_int_equal(f->kind_case, FRAME_KIND_NOT_SET);
    assert_int_equal(FRAME_KIND_PROGRESS, CHATSPHERE__V1__FRAME__KIND_PROGRESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rpcs_are_found),
        cmocka_unit_test(subjects_are_unique),
        cmocka_unit_test(every_message_is_in_the_table),
        cmocka_unit_test(options_stand_at_their_fields),
        cmocka_unit_test(errors_of_an_rpc_are_listed),
        cmocka_unit_test(values_of_an_enum_have_comments),
        cmocka_unit_test(enums_know_their_prefix),
        cmocka_unit_test(tokens_and_keys_are_secret),
        cmocka_unit_test(constructors_initialise),
    };
    return test_run(tests);
}
