/* Corrections, and the sieve compared with a search without it. */
#include "test.h"

#include "base/utf8.h"
#include "retrieve/spell.h"

static struct spell of(const char *const *words)
{
    struct spell s = {0};

    for (; *words; words++)
        spell_add(&s, *words, strlen(*words));
    spell_seal(&s);
    return s;
}

static void corrects(const struct spell *s, const char *word, uint32_t least, const char *want)
{
    uint32_t number = spell_correct(s, word, strlen(word), least, &(uint32_t){SPELL_BUDGET});
    size_t len = 0;

    if (!want) {
        if (number != CS_LEXICON_NONE)
            fail_msg("%s must stay, not become %s", word, cs_lexicon_text(&s->words, number, &len));
        return;
    }
    if (number == CS_LEXICON_NONE)
        fail_msg("%s should become %s", word, want);
    const char *got = cs_lexicon_text(&s->words, number, &len);
    assert_int_equal(len, strlen(want));
    assert_memory_equal(got, want, len);
}

static void nearest_word(void **state)
{
    static const char *const words[] = {"password",   "install", "installation", "form", "from",
                                        "kubernetes", "größe",   "x509abc",      NULL};
    struct spell s = of(words);

    (void)state;
    corrects(&s, "pasword", 1, "password");   /* left out */
    corrects(&s, "passsword", 1, "password"); /* put in */
    corrects(&s, "psasword", 1, "password");  /* swapped and left out, longer than 7 */
    corrects(&s, "instal", 1, "install");
    corrects(&s, "isntall", 1, "install"); /* swapped */
    corrects(&s, "isntal", 1, NULL);       /* two edits, but short */
    corrects(&s, "kuberntes", 1, "kubernetes");
    corrects(&s, "kubertnets", 1, "kubernetes");
    corrects(&s, "grösse", 1, NULL);   /* two edits */
    corrects(&s, "gröze", 1, "größe"); /* letters, not bytes */
    corrects(&s, "frm", 1, NULL);      /* too short to tell */
    corrects(&s, "x509abd", 1, NULL);  /* digits are not spelt */
    corrects(&s, "x509abcd", 1, NULL);
    corrects(&s, "zzzzzzzz", 1, NULL);
    spell_free(&s);
}

/* A vocabulary that costs more than what is left is not searched. */
static void corrections_have_a_budget(void **state)
{
    static const char *const words[] = {"password", "install", "kubernetes", NULL};
    struct spell s = of(words);
    uint32_t budget = 2 * (s.words.n + SPELL_COMPARED);

    (void)state;
    assert_int_not_equal(spell_correct(&s, "pasword", 7, 1, &budget), CS_LEXICON_NONE);
    assert_int_not_equal(spell_correct(&s, "instal", 6, 1, &budget), CS_LEXICON_NONE);
    assert_int_equal(budget, 0);
    assert_int_equal(spell_correct(&s, "instal", 6, 1, &budget), CS_LEXICON_NONE);
    spell_free(&s);
}

static void ties_go_to_the_frequent(void **state)
{
    static const char *const words[] = {"cast", "cart", "cart", "care", NULL};
    struct spell s = of(words);

    (void)state;
    corrects(&s, "carx", 1, "cart");
    corrects(&s, "carx", 2, "cart");
    corrects(&s, "casx", 1, "cast");
    corrects(&s, "casx", 2, NULL); /* said once is not enough in a large collection */
    spell_free(&s);
}

static size_t points(const char *text, uint32_t *ret)
{
    size_t n = 0;

    for (size_t i = 0, len = strlen(text); i < len; n++)
        i += cs_utf8_next(text + i, len - i, &ret[n]);
    return n;
}

static void distance(const char *a, const char *b, int limit, int want)
{
    uint32_t pa[SPELL_MAX_LETTERS], pb[SPELL_MAX_LETTERS];
    size_t n_a = points(a, pa), n_b = points(b, pb);

    assert_int_equal(spell_distance(pa, n_a, pb, n_b, limit), want);
    assert_int_equal(spell_distance(pb, n_b, pa, n_a, limit), want);
}

static void distances(void **state)
{
    (void)state;
    distance("", "", 2, 0);
    distance("abcd", "abcd", 2, 0);
    distance("abcd", "", 9, 4);
    distance("kitten", "sitting", 9, 3);
    distance("kitten", "sitting", 2, 3);
    distance("abcd", "abdc", 2, 1);
    distance("abcdef", "badcef", 2, 2);
    distance("ca", "abc", 9, 3); /* no edit between the two that were swapped */
    distance("straße", "strasse", 9, 2);
    distance("abcdefgh", "ijklmnop", 2, 3);
}

/* the sieve may not lose a word that is near: against a search without it */
static void sieve_loses_nothing(void **state)
{
    static const char *const words[] = {"alpha",  "album",  "allow", "alarm",   "beta",   "better",
                                        "bitter", "batter", "gamma", "grammar", "hammer", NULL};
    static const char letters[] = "abelmrtw";
    struct spell s = of(words);
    uint32_t seed = 3;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        char word[8] = {0};
        uint32_t p[SPELL_MAX_LETTERS], q[SPELL_MAX_LETTERS];

        for (int j = 0; j < 4 + i % 4; j++) {
            seed = seed * 1664525U + 1013904223U;
            word[j] = letters[(seed >> 20) % (sizeof(letters) - 1)];
        }
        bool near = false;
        for (int w = 0; words[w]; w++)
            near = near || spell_distance(p, points(word, p), q, points(words[w], q), 1) <= 1;
        assert_int_equal(spell_correct(&s, word, strlen(word), 1, &(uint32_t){SPELL_BUDGET}) !=
                             CS_LEXICON_NONE,
                         near);
    }
    spell_free(&s);
}

/* A plural loses its s. */
static const char *stem(void *state, const char *word, size_t len, size_t *ret_len)
{
    (void)state;
    *ret_len = len > 0 && word[len - 1] == 's' ? len - 1 : len;
    return word;
}

static void nearest_stem(void **state)
{
    static const char *const words[] = {"tickets", "invoice", "parking", "vélos", NULL};
    static const struct {
        const char *word, *want;
    } cases[] = {
        {"tikcet", "tickets"}, {"invioces", "invoice"}, {"invoicse", "invoice"}, {"vleos", "vélos"},
        {"tick", NULL},        {"parks", NULL},         {"market", NULL},
    };
    struct spell s = of(words);
    uint32_t budget = s.words.n;
    size_t len;

    (void)state;
    for (size_t i = 0; i < LEN(cases); i++) {
        uint32_t number = spell_correct_stem(&s, cases[i].word, strlen(cases[i].word), 1, stem,
                                             NULL, &(uint32_t){SPELL_BUDGET});
        if ((number == CS_LEXICON_NONE) != !cases[i].want)
            fail_msg("%s: %s", cases[i].word, cases[i].want ? "nothing" : "something");
        if (cases[i].want)
            assert_memory_equal(cs_lexicon_text(&s.words, number, &len), cases[i].want,
                                strlen(cases[i].want));
    }
    assert_int_equal(spell_correct_stem(&s, "tikcet", 6, 1, stem, NULL, &budget), CS_LEXICON_NONE);
    assert_int_equal(budget, 0); /* the vocabulary was paid for, a comparison was not */
    spell_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearest_word),
        cmocka_unit_test(corrections_have_a_budget),
        cmocka_unit_test(ties_go_to_the_frequent),
        cmocka_unit_test(nearest_stem),
        cmocka_unit_test(distances),
        cmocka_unit_test(sieve_loses_nothing),
    };

    return test_run(tests);
}
