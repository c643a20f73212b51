/* tokenize: the suite, hostile text, and UTF-8. */
#include "test.h"

#include "base/buf.h"
#include "retrieve/tokenize.h"
#include "retrieve/unicode.h"

struct seen {
    struct cs_buf lines;
    const char *input;
    size_t input_len;
};

static void see(void *state, const struct token *t)
{
    static const char *const kinds[] = {"word", "identifier", "part", "gram"};
    struct seen *s = state;

    assert_true(t->start < t->end && t->end <= s->input_len);
    cs_buf_addf(&s->lines, "%s %.*s\n", kinds[t->kind], (int)t->len, t->text);
}

static void play(const struct suite_case *c)
{
    struct seen s = {0};

    s.input = case_text(c, "input", &s.input_len);
    cs_buf_adds(&s.lines, "");
    tokenize(s.input, s.input_len, see, &s);
    assert_string_equal(s.lines.data, case_text(c, "expected", NULL));
    cs_buf_free(&s.lines);
}

struct longest {
    size_t whole, part, n;
};

static void measure(void *state, const struct token *t)
{
    struct longest *l = state;
    size_t *at = t->kind == TOKEN_IDENTIFIER ? &l->whole : &l->part;

    l->n++;
    if (t->len > *at)
        *at = t->len;
}

/* what comes from outside may be long, and may be no text at all */
static void hostile_text(void **state)
{
    struct cs_buf b = {0};
    struct longest l = {0};
    uint32_t seed = 5;

    (void)state;
    for (int i = 0; i < 3000; i++)
        cs_buf_adds(&b, "äb");
    cs_buf_adds(&b, " ");
    for (int i = 0; i < 3000; i++)
        cs_buf_adds(&b, i % 60 == 59 ? "a." : "a");
    tokenize(b.data, b.len, measure, &l);
    assert_int_equal(l.part, TOKEN_WORD_MAX - 1); /* ends with a whole character */
    assert_true(l.whole <= TOKEN_MAX && l.whole > TOKEN_MAX - TOKEN_WORD_MAX);
    cs_buf_clear(&b);
    for (int i = 0; i < 100000; i++) {
        seed = seed * 1664525U + 1013904223U;
        char c = (char)(seed >> 24);
        cs_buf_add(&b, &c, 1);
    }
    tokenize(b.data, b.len, measure, &l);
    tokenize(b.data, 0, measure, &l);
    assert_true(l.n > 1000);
    cs_buf_free(&b);
}

static int start(void **state)
{
    (void)state;
    return unicode_start();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_text),
    };

    return test_run_all(tests, LEN(tests), start, NULL, "tokenize", play);
}
