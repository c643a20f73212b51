/* wordpiece: the pieces that Hugging Face's tokenizer gives (tests/data/model/pieces.txt), and its limits. */
#include "test.h"

#include "base/file.h"
#include "embed/local/wordpiece.h"

#define DATA "tests/data/model/"

static struct wordpiece *pieces;

static struct wordpiece *opened(const char *text, const char **ret_why)
{
    json_t *root = json_loads(text, 0, NULL);
    struct wordpiece *w = wordpiece_open(&arena, root, ret_why);

    json_decref(root);
    return w;
}

/* The pieces of a text as numbers with blanks between. */
static const char *encoded(const char *text)
{
    int32_t ids[500];
    bool cut;
    const char *out = "";
    size_t n = wordpiece_encode(pieces, text, strlen(text), ids, LEN(ids), &cut);

    for (size_t i = 0; i < n; i++)
        out = cs_printf(&arena, "%s%s%d", out, i ? " " : "", ids[i]);
    return out;
}

static void test_reference(void **state)
{
    char *text = cs_file_read(&arena, DATA "pieces.txt", 1 << 20, NULL);
    int n = 0;

    (void)state;
    for (char *line, *rest = text; (line = strsep(&rest, "\n")) && *line; n++) {
        char *want = strrchr(line, '\t'), *tab;
        *want++ = '\0';
        if ((tab = strstr(line, "\\t"))) { /* a tab of the text */
            *tab = '\t';
            memmove(tab + 1, tab + 2, strlen(tab + 2) + 1);
        }
        if (strcmp(encoded(line), want) != 0)
            fail_msg("line %d, %s: %s instead of %s", n + 1, line, encoded(line), want);
    }
    assert_true(n > 40);
}

static void test_limits(void **state)
{
    int32_t ids[4];
    bool cut;

    (void)state;
    assert_int_equal(wordpiece_encode(pieces, "a b c", 5, ids, 2, &cut), 2);
    assert_true(cut);
    assert_int_equal(wordpiece_encode(pieces, "a b", 3, ids, 2, &cut), 2);
    assert_false(cut);
    assert_int_equal(wordpiece_encode(pieces, "a\xff\xc3", 3, ids, 4, &cut), 1);
    assert_string_equal(encoded("a\xff"
                                "b"),
                        encoded("ab"));
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"{}", "Only BertNormalizer, BertPreTokenizer and WordPiece are supported."},
        {"{\"normalizer\":{\"type\":\"BertNormalizer\"},\"pre_tokenizer\":{\"type\":"
         "\"BertPreTokenizer\"},\"model\":{\"type\":\"Unigram\"}}",
         "Only BertNormalizer, BertPreTokenizer and WordPiece are supported."},
#define HEAD                                                                                       \
    "{\"normalizer\":{\"type\":\"BertNormalizer\"},\"pre_tokenizer\":{\"type\":"                   \
    "\"BertPreTokenizer\"},\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"u\","
        {HEAD "\"vocab\":{\"u\":0}}}",
         "The vocabulary must have 1 to 1,000,000 pieces and a continuing_subword_prefix."},
        {HEAD "\"continuing_subword_prefix\":\"##\",\"vocab\":{\"u\":-1}}}",
         "The piece u has no number from 0 to 999,999."},
        {HEAD "\"continuing_subword_prefix\":\"##\",\"vocab\":{\"x\":1}}}",
         "The vocabulary lacks the unk_token."},
        {HEAD "\"continuing_subword_prefix\":\"##\",\"vocab\":{\"u\":1}},"
              "\"post_processor\":{\"type\":\"RobertaProcessing\"}}",
         "Its post_processor is no BertProcessing and no template of one piece on each side."},
        {HEAD "\"continuing_subword_prefix\":\"##\",\"vocab\":{\"u\":1}},"
              "\"post_processor\":{\"type\":\"BertProcessing\",\"cls\":[\"c\",2]}}",
         "The vocabulary lacks a piece of the post_processor."},
    };

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        const char *why;
        assert_null(opened(cases[i].text, &why));
        assert_string_equal(why, cases[i].why);
    }
}

static int setup(void **state)
{
    const char *why;

    (void)state;
    pieces = opened(cs_file_read(&arena, DATA "tokenizer.json", 1 << 20, NULL), &why);
    return pieces ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_refused),
    };
    return test_run_with(tests, setup, NULL);
}
