/* The tree of a stranger's JSON stays below its ceiling, wherever the memory ends. */
#include "test.h"

#include "ratio.h"

#include "chatsphere/v1/names.h"
#include "pbjson/json.h"
#include "pbjson/pbjson.h"

static const char SAMPLE[] =
    "{\"a\":[1,2.5,true,null,\"text\",{\"b\":[]}],\"c\":{\"d\":{}},\"e\":\"\\u00e9\"}";

/* n times `value`, with commas between, in brackets */
static char *list_of(const char *value, size_t n, size_t *ret_len)
{
    size_t len = strlen(value) + 1;
    char *text = cs_alloc(&arena, n * len + 2), *at = text;

    *at++ = '[';
    for (size_t i = 0; i < n; i++) {
        at = mempcpy(at, value, len - 1);
        *at++ = ',';
    }
    at[-1] = ']';
    *ret_len = (size_t)(at - text);
    return text;
}

static void test_no_tree_beyond_the_ceiling(void **state)
{
    (void)state;
    bool exceeded = false;
    size_t len;
    char *text = list_of("{}", 100000, &len);

    assert_null(pbjson_load(text, len, 0, 1024 * 1024, NULL, &exceeded));
    assert_true(exceeded);
    json_t *v = pbjson_load(text, len, 0, 64 * 1024 * 1024, NULL, &exceeded);
    assert_int_equal(json_array_size(v), 100000);
    assert_false(exceeded);
    json_decref(v);
}

/* every allocation of the parser may be the one that is refused */
static void test_memory_may_end_anywhere(void **state)
{
    (void)state;
    bool exceeded = true;

    for (size_t ceiling = 0; exceeded; ceiling += 8) {
        json_t *v = pbjson_load(SAMPLE, sizeof(SAMPLE) - 1, 0, ceiling, NULL, &exceeded);
        assert_int_equal(!v, exceeded);
        json_decref(v);
        assert_true(ceiling < 64 * 1024);
    }
}

static void test_what_is_no_json_has_exceeded_nothing(void **state)
{
    (void)state;
    bool exceeded = true;

    assert_null(pbjson_load("[1,", 3, 0, 1024 * 1024, NULL, &exceeded));
    assert_false(exceeded);
}

static void test_a_body_of_many_values_marks_the_arena(void **state)
{
    (void)state;
    struct pbjson_errors errors = {.n = 0};
    size_t len;
    char *text = list_of("{}", 340000, &len);

    assert_null(pbjson_parse(&arena, text, len, &errors));
    assert_true(arena.exceeded);
    assert_string_equal(errors.at[0].message, "The JSON must have fewer values.");
}

/* a message of two bytes is a hundred in memory: reading stops at the ceiling */
static void test_reading_stops_at_the_ceiling(void **state)
{
    (void)state;
    enum { CEILING = 1024 * 1024 };
    struct pbjson_errors errors = {.n = 0};
    size_t len;
    char *list = list_of("{}", 100000, &len);
    char *text = cs_printf(&arena, "{\"chunks\":%s}", list);
    json_auto_t *v = pbjson_parse(&arena, text, strlen(text), &errors);
    ProtobufCMessage *msg = pbjson_new(&arena, &chatsphere__v1__put_chunks_request__descriptor);

    arena.ceiling = arena.bytes + CEILING;
    assert_false(pbjson_read(&arena, v, msg, &errors));
    assert_true(arena.exceeded);
    assert_true(arena.bytes <= arena.ceiling + 4096);
    assert_string_equal(errors.at[errors.n - 1].message, "The JSON must have fewer values.");
}

static void test_unpacking_stops_at_the_ceiling(void **state)
{
    (void)state;
    PutChunksRequest req = PUT_CHUNKS_REQUEST_INIT;
    Chunk empty = CHUNK_INIT;
    size_t len;

    req.n_chunks = 100000;
    req.chunks = CS_NEW(&arena, Chunk *, req.n_chunks);
    for (size_t i = 0; i < req.n_chunks; i++)
        req.chunks[i] = &empty;
    void *packed = pbjson_pack(&arena, &req.base, &len);
    arena.ceiling = arena.bytes + 1024 * 1024;
    assert_null(pbjson_unpack(&arena, req.base.descriptor, packed, len));
    assert_true(arena.exceeded);
    assert_true(arena.bytes <= arena.ceiling);
}

static int fresh(void **state)
{
    (void)state;
    cs_arena_reset(&arena);
    arena.ceiling = 0;
    return 0;
}

static void read_as(struct cs_arena *a, const ProtobufCMessageDescriptor *desc, const char *data,
                    size_t len)
{
    struct pbjson_errors errors = {.n = 0};
    ProtobufCMessage *msg = pbjson_new(a, desc);
    json_t *v = pbjson_parse(a, data, len, &errors);

    if (v && pbjson_read(a, v, msg, &errors))
        pbjson_validate(a, msg, &errors);
    json_decref(v);
}

static void parse_message(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    (void)work;
    read_as(a, &chatsphere__v1__send_message_request__descriptor, data, len);
}

static void parse_bot(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    (void)work;
    read_as(a, &chatsphere__v1__create_bot_request__descriptor, data, len);
}

static void parse_chunks(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    (void)work;
    read_as(a, &chatsphere__v1__put_chunks_request__descriptor, data, len);
}

static void unpack_chunks(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    struct pbjson_errors errors = {.n = 0};
    ProtobufCMessage *msg =
        pbjson_unpack(a, &chatsphere__v1__put_chunks_request__descriptor, data, len);

    (void)work;
    if (msg)
        pbjson_validate(a, msg, &errors);
}

static void work_is_linear(void **state)
{
    static const struct ratio texts[] = {
        {.name = "text",
         .head = "{\"content\":\"",
         .piece = "word ",
         .tail = "\"}",
         .parse = parse_message},
        {.name = "escapes",
         .head = "{\"content\":\"",
         .piece = "\\u00e9",
         .tail = "\"}",
         .parse = parse_message},
        {.name = "blanks",
         .head = "{\"content\":\"",
         .piece = " ",
         .tail = "\"}",
         .parse = parse_message},
        {.name = "combining marks",
         .head = "{\"content\":\"a",
         .piece = "\xcc\x81",
         .tail = "\"}",
         .parse = parse_message},
        {.name = "unknown members",
         .head = "{",
         .piece = "\"a\":{},",
         .tail = "\"b\":0}",
         .parse = parse_message},
        {.name = "an unknown list",
         .head = "{\"a\":[",
         .piece = "0,",
         .tail = "0]}",
         .parse = parse_message},
        {.name = "depth", .piece = "[", .parse = parse_message},
        {.name = "objects in one another", .piece = "{\"a\":", .parse = parse_message},
        {.name = "a long number",
         .head = "{\"content\":",
         .piece = "1",
         .tail = "}",
         .parse = parse_message},
        {.name = "a wrong list",
         .head = "{\"allowed_origins\":[",
         .piece = "0,",
         .tail = "0]}",
         .parse = parse_bot},
        {.name = "a list of texts",
         .head = "{\"allowed_origins\":[",
         .piece = "\"a\",",
         .tail = "\"b\"]}",
         .parse = parse_bot},
        {.name = "objects of a list",
         .head = "{\"chunks\":[",
         .piece = "{\"text\":\"a\"},",
         .tail = "{}]}",
         .parse = parse_chunks},
        {.name = "no UTF-8",
         .head = "{\"content\":\"",
         .piece = "\xff",
         .tail = "\"}",
         .parse = parse_message},
        {.name = "empty chunks", .piece = "\x22\x02\x10\x01", .parse = unpack_chunks},
        {.name = "unknown fields", .piece = "\xf8\x3f\x01", .parse = unpack_chunks},
    };

    (void)state;
    ratio_check_all(texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_no_tree_beyond_the_ceiling, fresh),
        cmocka_unit_test(test_memory_may_end_anywhere),
        cmocka_unit_test(test_what_is_no_json_has_exceeded_nothing),
        cmocka_unit_test_setup(test_a_body_of_many_values_marks_the_arena, fresh),
        cmocka_unit_test_setup(test_reading_stops_at_the_ceiling, fresh),
        cmocka_unit_test_setup(test_unpacking_stops_at_the_ceiling, fresh),
        cmocka_unit_test(work_is_linear),
    };

    return test_run(tests);
}
