/*
 * Every type that a .proto may have, also those that our contract does not use (yet): a message
 * and a contract of this test's own, which the linker takes instead of the generated one.
 */
#include "test.h"

#include "pbjson/contract.h"
#include "pbjson/pbjson.h"
#include "pbjson/schema.h"

#include <math.h>

struct entry {
    ProtobufCMessage base;
    int32_t key;
    protobuf_c_boolean has_key, has_value;
    int64_t value;
};

struct all {
    ProtobufCMessage base;
    protobuf_c_boolean has_i32, has_u32, has_u64, has_real, has_single, has_yes, has_bytes;
    int32_t i32;
    uint32_t u32;
    uint64_t u64;
    double real;
    float single;
    protobuf_c_boolean yes;
    ProtobufCBinaryData bytes;
    size_t n_numbers, n_flags, n_blobs, n_times;
    int32_t *numbers;
    protobuf_c_boolean *flags;
    ProtobufCBinaryData *blobs;
    int64_t *times;
    size_t n_map;
    struct entry **map;
    uint32_t choice_case;
    union {
        char *text;
        int64_t number;
    };
    char *id;
};

static void init_all(void *msg);
static void init_entry(void *msg);

#define FIELD(T_, name_, id_, label_, type_, quantifier_, ...)                                     \
    {                                                                                              \
        .name = #name_, .id = (id_), .label = PROTOBUF_C_LABEL_##label_,                           \
        .type = PROTOBUF_C_TYPE_##type_, .quantifier_offset = offsetof(T_, quantifier_),           \
        .offset = offsetof(T_, name_), __VA_ARGS__                                                 \
    }

#define MESSAGE(T_, fields_, by_name_, ranges_, init_)                                             \
    {                                                                                              \
        .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC, .name = "test." #T_, .short_name = #T_,     \
        .sizeof_message = sizeof(struct T_), .n_fields = sizeof(fields_) / sizeof((fields_)[0]),   \
        .fields = (fields_), .fields_sorted_by_name = (by_name_), .n_field_ranges = 1,             \
        .field_ranges = (ranges_), .message_init = (init_)                                         \
    }

static const ProtobufCFieldDescriptor entry_fields[] = {
    FIELD(struct entry, key, 1, OPTIONAL, INT32, has_key),
    FIELD(struct entry, value, 2, OPTIONAL, INT64, has_value),
};
static const unsigned entry_by_name[] = {0, 1};
static const ProtobufCIntRange entry_ranges[] = {{1, 0}, {0, 2}};
static const ProtobufCMessageDescriptor entry_desc =
    MESSAGE(entry, entry_fields, entry_by_name, entry_ranges, (ProtobufCMessageInit)init_entry);

static const ProtobufCFieldDescriptor all_fields[] = {
    FIELD(struct all, i32, 1, OPTIONAL, SINT32, has_i32),
    FIELD(struct all, u32, 2, OPTIONAL, FIXED32, has_u32),
    FIELD(struct all, u64, 3, OPTIONAL, UINT64, has_u64),
    FIELD(struct all, real, 4, OPTIONAL, DOUBLE, has_real),
    FIELD(struct all, single, 5, OPTIONAL, FLOAT, has_single),
    FIELD(struct all, yes, 6, OPTIONAL, BOOL, has_yes),
    FIELD(struct all, bytes, 7, OPTIONAL, BYTES, has_bytes),
    FIELD(struct all, numbers, 8, REPEATED, INT32, n_numbers),
    FIELD(struct all, flags, 9, REPEATED, BOOL, n_flags),
    FIELD(struct all, blobs, 10, REPEATED, BYTES, n_blobs),
    FIELD(struct all, times, 11, REPEATED, SFIXED64, n_times),
    FIELD(struct all, map, 12, REPEATED, MESSAGE, n_map, .descriptor = &entry_desc),
    FIELD(struct all, text, 13, OPTIONAL, STRING, choice_case,
          .flags = PROTOBUF_C_FIELD_FLAG_ONEOF),
    FIELD(struct all, number, 14, OPTIONAL, INT64, choice_case,
          .flags = PROTOBUF_C_FIELD_FLAG_ONEOF),
    FIELD(struct all, id, 15, OPTIONAL, STRING, base),
};
static const unsigned all_by_name[] = {9, 6, 8, 0, 14, 11, 13, 7, 3, 4, 12, 10, 1, 2, 5};
static const ProtobufCIntRange all_ranges[] = {{1, 0}, {0, 15}};
static const ProtobufCMessageDescriptor all_desc =
    MESSAGE(all, all_fields, all_by_name, all_ranges, (ProtobufCMessageInit)init_all);

static void init_all(void *msg)
{
    *(struct all *)msg = (struct all){.base = PROTOBUF_C_MESSAGE_INIT(&all_desc)};
}

static void init_entry(void *msg)
{
    *(struct entry *)msg = (struct entry){.base = PROTOBUF_C_MESSAGE_INIT(&entry_desc)};
}

/* ---- the contract ---- */

static const struct cs_field_meta all_meta[15] = {
    [9] = {.max_len = 2, .comment = "Blobs."},
    [10] = {.time = true},
    [11] = {.map = true, .comment = "A map."},
    [14] = {.uuid = true},
};
static const struct cs_field_meta entry_meta[2] = {{0}, {.has_max = true, .max = 99}};
const struct cs_message_meta cs_message_metas[] = {
    {.desc = &all_desc, .comment = "All.", .fields = all_meta},
    {.desc = &entry_desc, .fields = entry_meta},
};
const size_t cs_n_message_metas = 2;
const struct cs_enum_meta cs_enum_metas[] = {{0}};
const size_t cs_n_enum_metas = 0;
const struct cs_rpc *const cs_rpcs[] = {NULL};
const size_t cs_n_rpcs = 0;

/* ---- tests ---- */

static struct all *read_text(const char *text, struct pbjson_errors *errors)
{
    json_auto_t *v = pbjson_parse(&arena, text, strlen(text), errors);
    ProtobufCMessage *msg = pbjson_new(&arena, &all_desc);

    assert_non_null(v);
    pbjson_read(&arena, v, msg, errors);
    return (struct all *)msg;
}

static struct all *read_good(const char *text)
{
    struct pbjson_errors errors = {0};
    struct all *m = read_text(text, &errors);

    if (errors.n)
        fail_msg("%s: %s %s", text, errors.at[0].field, errors.at[0].message);
    return m;
}

/* Wrong as told at `field`, and nowhere else. */
static void assert_wrong(const char *text, const char *field, const char *message)
{
    struct pbjson_errors errors = {0};

    read_text(text, &errors);
    assert_int_equal(errors.n, 1);
    assert_string_equal(errors.at[0].field, field);
    assert_string_equal(errors.at[0].message, message);
}

static const char *text_of(const struct all *m)
{
    size_t len;
    return pbjson_text(&arena, &m->base, &len);
}

static void all_types_go_both_ways(void **state)
{
    static const char text[] =
        "{\"i32\":-5,\"u32\":4294967295,\"u64\":9223372036854775807,\"real\":0.1,\"single\":0.1,"
        "\"yes\":true,\"bytes\":\"AP8\",\"numbers\":[1,-2],\"flags\":[true,false],"
        "\"blobs\":[\"\",\"YQ\"],\"times\":[\"1970-01-01T00:00:00.001Z\"],"
        "\"map\":{\"-1\":5,\"2\":6},\"text\":\"t\",\"id\":\"x\"}";
    struct all *m = read_good(text);
    size_t len;
    (void)state;

    assert_int_equal(m->i32, -5);
    assert_true(m->has_i32);
    assert_int_equal(m->u32, UINT32_MAX);
    assert_float_equal(m->single, 0.1, 1e-6);
    assert_memory_equal(m->bytes.data, "\x00\xff", 2);
    assert_int_equal(m->n_flags, 2);
    assert_int_equal(m->flags[0], 1);
    assert_int_equal(m->times[0], 1);
    assert_int_equal(m->n_map, 2);
    assert_int_equal(m->choice_case, 13);
    assert_string_equal(text_of(m), text);

    void *packed = pbjson_pack(&arena, &m->base, &len);
    ProtobufCMessage *again = pbjson_unpack(&arena, &all_desc, packed, len);
    assert_non_null(again);
    assert_string_equal(text_of((struct all *)again), text);
}

static void nothing_is_shown_of_nothing(void **state)
{
    (void)state;
    assert_string_equal(text_of(read_good("{}")),
                        "{\"numbers\":[],\"flags\":[],\"blobs\":[],\"times\":[],\"map\":{}}");
}

static void oneof_scalars(void **state)
{
    struct all *m = read_good("{\"number\":0}");
    (void)state;

    assert_int_equal(m->choice_case, 14);
    assert_non_null(strstr(text_of(m), "\"number\":0"));
    assert_wrong("{\"text\":\"a\",\"number\":1}", "number",
                 "The field must not be given together with text.");
}

static void bounds_of_each_type(void **state)
{
    static const char too[] = "The value is too large or too small.";
    (void)state;

    assert_wrong("{\"i32\":2147483648}", "i32", too);
    assert_wrong("{\"u32\":-1}", "u32", too);
    assert_wrong("{\"u32\":4294967296}", "u32", too);
    assert_wrong("{\"u64\":-1}", "u64", too);
    assert_wrong("{\"single\":1e39}", "single", too);
    assert_wrong("{\"numbers\":[0,2147483648]}", "numbers[1]", too);
    assert_wrong("{\"blobs\":[\"*\"]}", "blobs[0]", "The value must be base64url text.");
}

static void maps_check_keys_and_values(void **state)
{
    (void)state;
    assert_wrong("{\"map\":{\"x\":1}}", "map.x", "The value must be a whole number.");
    assert_wrong("{\"map\":{\"1\":\"1\"}}", "map.1", "The value must be a whole number.");
    assert_wrong("{\"map\":[]}", "map", "The value must be an object.");
}

static void limits_inside_lists_and_maps(void **state)
{
    struct pbjson_errors errors = {0};
    struct all *m =
        read_good("{\"blobs\":[\"YWFhYWE\",\"\",\"\"],\"map\":{\"1\":100},\"id\":\"x\"}");
    (void)state;

    assert_false(pbjson_validate(&arena, &m->base, &errors));
    assert_int_equal(errors.n, 3);
    assert_string_equal(errors.at[0].field, "blobs");
    assert_string_equal(errors.at[0].message, "The value must have at most 2 items.");
    assert_string_equal(errors.at[1].field, "map[0].value");
    assert_string_equal(errors.at[1].message, "The value must be at most 99.");
    assert_string_equal(errors.at[2].field, "id");
    assert_string_equal(errors.at[2].message, "The value must be a UUID.");
}

static void what_json_cannot_say_is_still_json(void **state)
{
    struct all m = {.base = PROTOBUF_C_MESSAGE_INIT(&all_desc),
                    .has_u64 = 1,
                    .u64 = UINT64_MAX,
                    .has_real = 1,
                    .real = (double)NAN,
                    .has_single = 1,
                    .single = (float)INFINITY,
                    .id = (char *)"\xc3\x28\xf0\x9f\x98\x80\x80"};
    json_auto_t *v = pbjson_write(&m.base);
    (void)state;

    assert_non_null(v);
    assert_true(json_is_real(json_object_get(v, "u64")));
    assert_true(json_is_null(json_object_get(v, "real")));
    assert_true(json_is_null(json_object_get(v, "single")));
    assert_string_equal(json_string_value(json_object_get(v, "id")),
                        "\xef\xbf\xbd(\xf0\x9f\x98\x80\xef\xbf\xbd");
}

static void schema_of_each_type(void **state)
{
    json_auto_t *schemas = json_object(), *expected = NULL;
    (void)state;

    expected = json_loads(
        "{\"type\":\"object\",\"description\":\"All.\",\"properties\":{"
        "\"i32\":{\"type\":\"integer\",\"format\":\"int32\"},"
        "\"u32\":{\"type\":\"integer\",\"format\":\"int32\"},"
        "\"u64\":{\"type\":\"integer\",\"format\":\"int64\"},"
        "\"real\":{\"type\":\"number\"},\"single\":{\"type\":\"number\"},"
        "\"yes\":{\"type\":\"boolean\"},"
        "\"bytes\":{\"type\":\"string\",\"contentEncoding\":\"base64url\"},"
        "\"numbers\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"format\":\"int32\"}},"
        "\"flags\":{\"type\":\"array\",\"items\":{\"type\":\"boolean\"}},"
        "\"blobs\":{\"type\":\"array\",\"maxItems\":2,\"description\":\"Blobs.\","
        "\"items\":{\"type\":\"string\",\"contentEncoding\":\"base64url\"}},"
        "\"times\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"format\":\"date-time\"}},"
        "\"map\":{\"type\":\"object\",\"description\":\"A map.\","
        "\"additionalProperties\":{\"type\":\"integer\",\"format\":\"int64\"}},"
        "\"text\":{\"type\":\"string\"},\"number\":{\"type\":\"integer\",\"format\":\"int64\"},"
        "\"id\":{\"type\":\"string\",\"format\":\"uuid\"}}}",
        JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(expected);
    pbjson_schema_add(schemas, &all_desc);
    assert_true(json_equal(json_object_get(schemas, "all"), expected));
    assert_int_equal(json_object_size(schemas), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_types_go_both_ways),
        cmocka_unit_test(nothing_is_shown_of_nothing),
        cmocka_unit_test(oneof_scalars),
        cmocka_unit_test(bounds_of_each_type),
        cmocka_unit_test(maps_check_keys_and_values),
        cmocka_unit_test(limits_inside_lists_and_maps),
        cmocka_unit_test(what_json_cannot_say_is_still_json),
        cmocka_unit_test(schema_of_each_type),
    };
    return test_run(tests);
}
