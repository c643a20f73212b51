/* The token of a reply: what is written reads back, and nothing else does. */
#include "nats/reply.h"

#include "test.h"

static void a_token_reads_back(void **state)
{
    static const struct cs_reply ids[] = {
        {0, 0}, {1, 0x1234}, {0xabcdef, UINT64_MAX}, {UINT32_MAX, 1}};
    char token[CS_REPLY_TOKEN];
    struct cs_reply id;
    (void)state;

    for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
        cs_reply_token(token, &ids[i]);
        assert_true(cs_reply_parse(token, &id));
        assert_int_equal(id.slot, ids[i].slot);
        assert_true(id.word == ids[i].word);
    }
    assert_true(cs_reply_parse("0000000f-00000000000000ff.turn", &id));
    assert_int_equal(id.slot, 15);
    assert_int_equal(id.word, 255);
}

static void other_texts_are_no_tokens(void **state)
{
    static const char *const texts[] = {
        "",
        "-",
        "1-1",
        "0000000f",
        "0000000f-",
        "0000000f-00000000000000f",
        "0000000f-00000000000000ff0",
        "0000000f-00000000000000ffx",
        "0000000f_00000000000000ff",
        "0000000F-00000000000000FF",
        "w0000000f-00000000000000ff",
        " 000000f-00000000000000ff",
        "+000000f-00000000000000ff",
        "0x00000f-00000000000000ff",
        "-0000001-00000000000000ff",
    };
    struct cs_reply id;
    (void)state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        assert_false(cs_reply_parse(texts[i], &id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_reads_back),
        cmocka_unit_test(other_texts_are_no_tokens),
    };

    return test_run(tests);
}
