/* vectors: every answer in the OpenAI format that a provider may give. */
#include "test.h"

#include "ratio.h"

#include "provider/embed_wire.h"

static const char *reply(const char *body, size_t n, struct cs_vectors *v)
{
    return cs_embed_reply(&arena, &cs_openai_embed, body, strlen(body), n, v);
}

static void add_times(char *to, const char *text, int times)
{
    for (to += strlen(to); times-- > 0; to += strlen(to))
        memcpy(to, text, strlen(text) + 1);
}

static void test_vectors(void **state)
{
    static const unsigned char want[] = {0xcd, 0x38, 0x66, 0x3a, 0x00, 0x00, 0x00, 0x3c};
    struct cs_vectors v;

    (void)state;
    assert_null(
        reply("{\"data\":[{\"index\":0,\"embedding\":[3,4]},{\"index\":1,\"embedding\":[0,2.5]}],"
              "\"usage\":{\"prompt_tokens\":5}}",
              2, &v));
    assert_int_equal(v.dimensions, 2);
    assert_int_equal(v.tokens, 5);
    assert_memory_equal(v.halves, want, sizeof(want));
    /* shuffled; base64 of the floats 0, 1 and 3, 4; no usage */
    assert_null(reply("{\"data\":[{\"index\":1,\"embedding\":\"AAAAAAAAgD8=\"},"
                      "{\"index\":0,\"embedding\":\"AABAQAAAgEA=\"}]}",
                      2, &v));
    assert_memory_equal(v.halves, want, sizeof(want));
    /* without index: in order */
    assert_null(reply("{\"data\":[{\"embedding\":[3,4]},{\"embedding\":[0,1]}]}", 2, &v));
    assert_memory_equal(v.halves, want, sizeof(want));
}

/* Many items that name one list of numbers: memory is bounded, whatever their number is. */
static void test_named_often(void **state)
{
    enum { N = 3000, CEILING = 1024 * 1024 };
    static char body[N * 24] = "{\"data\":[{\"embedding\":[";
    struct cs_vectors v;
    size_t len = strlen(body);

    (void)state;
    for (int i = 0; i < 200; i++)
        len += (size_t)snprintf(body + len, sizeof(body) - len, "1,");
    len += (size_t)snprintf(body + len, sizeof(body) - len, "1]}");
    for (int i = 1; i < N; i++)
        len += (size_t)snprintf(body + len, sizeof(body) - len, ",{\"embedding\":0}");
    snprintf(body + len, sizeof(body) - len, "]}");
    arena.ceiling = arena.bytes + CEILING;
    assert_string_equal(reply(body, N, &v), "sent vectors that take too much memory");
    assert_true(arena.bytes <= arena.ceiling);
    arena.ceiling = 0;
    arena.exceeded = false;
}

/* a long vector in base64, behind strings that are hard to find the end of */
static void test_long_text(void **state)
{
    enum { N = 300 };
    static const char head[] = "{\"a\\\"\\\\\":\"\\\\\",\"model\":\"", tail[] = "\"}]}";
    char body[4096] = "", want[N * 2];
    struct cs_vectors v;

    (void)state;
    add_times(body, head, 1);
    add_times(body, "m", 400);
    add_times(body, "\",\"data\":[{\"embedding\":\"", 1);
    add_times(body, "AACAPwAAAAAAAAAA", N / 3); /* 1, 0, 0 */
    add_times(body, tail, 1);
    assert_null(reply(body, 1, &v));
    assert_int_equal(v.dimensions, N);
    for (int i = 0; i < N; i++)
        memcpy(want + i * 2, i % 3 ? "\x00\x00" : "\x66\x2e", 2); /* 0.1 */
    assert_memory_equal(v.halves, want, sizeof(want));
    /* a number that names no text, and one that names one that is no vector */
    assert_string_equal(reply("{\"data\":[{\"embedding\":0}]}", 1, &v),
                        "sent a vector that cannot be read");
    assert_string_equal(reply("{\"data\":[{\"embedding\":-1}]}", 1, &v),
                        "sent a vector that cannot be read");
}

/* long lists of numbers, one of them too long, and lists that are none */
static void test_long_numbers(void **state)
{
    enum { N = 300 };
    static char body[40000];
    char want[N * 2];
    struct cs_vectors v;

    (void)state;
    body[0] = '\0';
    add_times(body, "{\"other\":[\"]\",[1,[2]],{}],\"data\":[{\"embedding\":[", 1);
    add_times(body, " 1e0 , 0.0,-0,", N / 3 - 1);
    add_times(body, "1,0,0\n]}]}", 1);
    assert_null(reply(body, 1, &v));
    assert_int_equal(v.dimensions, N);
    for (int i = 0; i < N; i++)
        memcpy(want + i * 2,
               i % 3 == 2 && i < N - 1 ? "\x00\x80"
               : i % 3                 ? "\x00\x00"
                                       : "\x66\x2e",
               2);
    assert_memory_equal(v.halves, want, sizeof(want));
    body[0] = '\0';
    add_times(body, "{\"data\":[{\"embedding\":[0", 1);
    add_times(body, ",1", 4096);
    add_times(body, "]}]}", 1);
    assert_string_equal(reply(body, 1, &v), "sent a vector that cannot be read");
    body[0] = '\0';
    add_times(body, "{\"data\":[{\"embedding\":[0", 1);
    add_times(body, ",1", 4095);
    add_times(body, "]}]}", 1);
    assert_null(reply(body, 1, &v));
    body[0] = '\0';
    add_times(body, "{\"data\":[{\"embedding\":[0", 1);
    add_times(body, ",1", 200);
    add_times(body, ",]}]}", 1);
    assert_string_equal(reply(body, 1, &v), "sent a vector that cannot be read");
}

static void test_a_tree_has_a_ceiling(void **state)
{
    static char body[400000];
    struct cs_vectors v;

    (void)state;
    body[0] = '\0';
    add_times(body, "{\"data\":[", 1);
    add_times(body, "{},", 20000);
    add_times(body, "{}]}", 1);
    assert_string_equal(reply(body, 1, &v), "sent no JSON");
}

static void test_bytes_of_an_answer(void **state)
{
    (void)state;
    assert_true(cs_embed_reply_max(1000, 64) < 2 << 20);
    assert_true(cs_embed_reply_max(0, 64) < 8 << 20); /* a share of the default */
}

static void test_wrong(void **state)
{
    static const struct {
        const char *body, *wrong;
    } cases[] = {
        {"<html>", "sent no JSON"},
        {"{}", "sent an answer without vectors"},
        {"{\"data\":[{\"embedding\":[1]}]}", "sent 1 vectors for 2 texts"},
        {"{\"data\":[{\"embedding\":[1]},{\"embedding\":[1,2]}]}",
         "sent vectors of 1 and of 2 dimensions"},
        {"{\"data\":[{\"embedding\":[0,0]},{\"embedding\":[1,2]}]}",
         "sent a vector without direction"},
        {"{\"data\":[{\"embedding\":[]},{\"embedding\":[1]}]}",
         "sent a vector that cannot be read"},
        {"{\"data\":[{\"embedding\":[\"x\"]},{\"embedding\":[1]}]}",
         "sent a vector that cannot be read"},
        {"{\"data\":[{\"embedding\":\"AAA=\"},{\"embedding\":[1]}]}",
         "sent a vector that cannot be read"},
        {"{\"data\":[{\"embedding\":\"****\"},{\"embedding\":[1]}]}",
         "sent a vector that cannot be read"},
        {"{\"data\":[1,2]}", "sent a vector that cannot be read"},
        {"{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":0,\"embedding\":[1]}]}",
         "numbered its vectors wrongly"},
        {"{\"data\":[{\"index\":-1,\"embedding\":[1]},{\"index\":0,\"embedding\":[1]}]}",
         "numbered its vectors wrongly"},
        {"{\"data\":[{\"embedding\":\"AADAfw==\"},{\"embedding\":[1]}]}",
         "sent a vector without direction"},
    };
    struct cs_vectors v;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *wrong = reply(cases[i].body, 2, &v);
        if (!wrong || strcmp(wrong, cases[i].wrong) != 0)
            fail_msg("%s: %s", cases[i].body, wrong ? wrong : "taken");
    }
}

/* as many texts as there are vectors, or one */
static void parse_reply(struct cs_arena *a, char *data, size_t len, size_t *work)
{
    struct cs_vectors v;
    size_t n = 0;

    (void)work;
    for (size_t i = 1; i < len; i++)
        n += data[i] == '{';
    cs_embed_reply(a, &cs_openai_embed, data, len, n ? n : 1, &v);
}

static void work_is_linear(void **state)
{
    static const struct ratio replies[] = {
        {.name = "vectors",
         .head = "{\"data\":[",
         .piece = "{\"embedding\":[1,2,3,4]},",
         .tail = "{\"embedding\":[1,2,3,4]}]}",
         .parse = parse_reply},
        {.name = "base64",
         .head = "{\"data\":[",
         .piece = "{\"embedding\":\"AACAPwAAgD8=\"},",
         .tail = "{\"embedding\":\"AACAPwAAgD8=\"}]}",
         .parse = parse_reply},
        {.name = "one long vector",
         .head = "{\"data\":[{\"embedding\":[",
         .piece = "1.5,",
         .tail = "1]}]}",
         .parse = parse_reply},
        {.name = "one long text",
         .head = "{\"data\":[{\"embedding\":\"",
         .piece = "AACAPwAAgD8A",
         .tail = "\"}]}",
         .parse = parse_reply},
        {.name = "numbers alone", .piece = "[1,", .parse = parse_reply},
        {.name = "open texts", .piece = "\"\\\"", .parse = parse_reply},
        {.name = "texts",
         .head = "[",
         .piece = "\"aaaaaaaa\",",
         .tail = "0]",
         .parse = parse_reply},
        {.name = "brackets", .piece = "[", .parse = parse_reply},
        {.name = "blanks in a list",
         .head = "[1,",
         .piece = "    ",
         .tail = "x]",
         .parse = parse_reply},
        {.name = "lists that are none", .piece = "[1,1,1,1,x ", .parse = parse_reply},
    };

    (void)state;
    ratio_check_all(replies);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_named_often),
        cmocka_unit_test(test_long_text),
        cmocka_unit_test(test_long_numbers),
        cmocka_unit_test(test_a_tree_has_a_ceiling),
        cmocka_unit_test(test_bytes_of_an_answer),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(work_is_linear),
    };
    return test_run(tests);
}
