/*
 * tests/data/pbjson/<case>: input.json, as a client might send it, into the message that
 * expected.json names -> either its errors, or what writing it shows and which fields it clears.
 */
#include "pbjson/contract.h"
#include "pbjson/pbjson.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>

enum { MAX_CASE = 256 * 1024 };

static struct cs_arena arena;

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

static bool same(const char *name, const json_t *got, const json_t *expected)
{
    char *text;

    if (json_equal(got, expected))
        return true;
    text = json_dumps(got, JSON_SORT_KEYS | JSON_ENCODE_ANY);
    print_error("%s: got %s\n", name, text);
    free(text);
    return false;
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

static bool as_expected(const char *name, const ProtobufCMessage *msg, const json_t *expected)
{
    json_auto_t *value = shown(msg), *clear = cleared(msg);
    const json_t *to_clear = json_object_get(expected, "clear");

    return same(name, value, json_object_get(expected, "json")) &&
           (!to_clear || same(name, clear, to_clear));
}

static bool run_case(const char *name)
{
    size_t len;
    const char *text = cs_file_read(
        &arena, cs_printf(&arena, CS_TEST_DATA "/pbjson/%s/input.json", name), MAX_CASE, &len);
    json_auto_t *expected =
        json_load_file(cs_printf(&arena, CS_TEST_DATA "/pbjson/%s/expected.json", name), 0, NULL);
    json_auto_t *none = json_object();
    const json_t *to_find = json_object_get(expected, "errors");
    struct pbjson_errors errors = {0};

    assert_non_null(text);
    assert_non_null(expected);
    ProtobufCMessage *msg = new_message(json_string_value(json_object_get(expected, "message")));
    take(text, len, msg, &errors);
    json_auto_t *wrong = errors_object(&errors);
    return same(name, wrong, to_find ? to_find : none) &&
           (to_find || as_expected(name, msg, expected));
}

static void all_cases(void **state)
{
    DIR *d = opendir(CS_TEST_DATA "/pbjson");
    int n = 0, failed = 0;
    struct dirent *e;
    (void)state;

    assert_non_null(d);
    cs_arena_init(&arena);
    while ((e = readdir(d))) {
        if (e->d_name[0] == '.')
            continue;
        failed += !run_case(e->d_name);
        cs_arena_reset(&arena);
        n++;
    }
    closedir(d);
    cs_arena_dispose(&arena);
    assert_true(n > 0);
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_cases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
