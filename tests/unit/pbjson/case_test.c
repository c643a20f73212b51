/*
 * case: JSON into the message that `expected` names -> either its errors, or what writing it shows
 * and which fields it clears.
 */
#include "test.h"

#include "pbjson/contract.h"
#include "pbjson/pbjson.h"

static ProtobufCMessage *new_message(const char *name)
{
    for (size_t i = 0; i < cs_n_message_metas; i++)
        if (strcmp(cs_message_metas[i].desc->short_name, name) == 0)
            return pbjson_new(&arena, cs_message_metas[i].desc);
    fail_msg("no message %s", name);
    return NULL;
}

/* The edge parses and reads, and what it could read the service validates. */
static void take(const char *text, size_t len, ProtobufCMessage *msg, struct pbjson_errors *errors)
{
    json_auto_t *v = pbjson_parse(&arena, text, len, errors);

    if (!v)
        assert_int_equal(errors->n, 1);
    else if (!pbjson_read(&arena, v, msg, errors))
        assert_int_not_equal(errors->n, 0);
    else if (!pbjson_validate(&arena, msg, errors))
        assert_int_not_equal(errors->n, 0);
}

static json_t *errors_object(const struct pbjson_errors *errors)
{
    json_t *object = json_object();

    for (int i = 0; i < errors->n; i++)
        json_object_set_new(object, errors->at[i].field, json_string(errors->at[i].message));
    return object;
}

/* `repeated string clear`, which JSON does not show */
static json_t *cleared(const ProtobufCMessage *msg)
{
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(msg->descriptor, "clear");
    json_t *list = json_array();
    const char *base = (const char *)msg;

    for (size_t i = 0; f && i < *(const size_t *)(base + f->quantifier_offset); i++)
        json_array_append_new(list, json_string((*(char *const *const *)(base + f->offset))[i]));
    return list;
}

static void assert_same(const char *what, const json_t *got, const json_t *expected)
{
    if (!json_equal(got, expected))
        fail_msg("%s: got %s", what, json_dumps(got, JSON_SORT_KEYS | JSON_ENCODE_ANY));
}

/* What is shown, and that the same is shown after a way over the bus, and by both writers. */
static json_t *shown(const ProtobufCMessage *msg)
{
    size_t packed_len, len, again_len;
    void *packed = pbjson_pack(&arena, msg, &packed_len);
    ProtobufCMessage *again = pbjson_unpack(&arena, msg->descriptor, packed, packed_len);
    char *text = pbjson_text(&arena, msg, &len);
    json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    json_auto_t *written = pbjson_write(msg);

    assert_non_null(again);
    assert_string_equal(pbjson_text(&arena, again, &again_len), text);
    assert_int_equal(strlen(text), len);
    assert_non_null(value);
    assert_true(json_equal(written, value));
    return value;
}

static void play(const struct suite_case *c)
{
    size_t len;
    const char *text = case_text(c, "input", &len);
    json_auto_t *expected = json_loads(case_text(c, "expected", NULL), 0, NULL);
    const json_t *to_find = json_object_get(expected, "errors"),
                 *to_clear = json_object_get(expected, "clear");
    struct pbjson_errors errors = {0};

    assert_non_null(expected);
    ProtobufCMessage *msg = new_message(json_string_value(json_object_get(expected, "message")));
    take(text, len, msg, &errors);
    json_auto_t *none = json_object(), *wrong = errors_object(&errors);
    assert_same("errors", wrong, to_find ? to_find : none);
    if (to_find)
        return;
    json_auto_t *value = shown(msg), *clear = cleared(msg);
    assert_same("json", value, json_object_get(expected, "json"));
    if (to_clear)
        assert_same("clear", clear, to_clear);
}

int main(void)
{
    return test_run_suite("pbjson", play);
}
