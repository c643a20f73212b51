/* Questions against rows of several languages. */
#include "test.h"

#include "words.h"

#include "retrieve/lexical.h"

#include <stdio.h>

struct row {
    enum language language;
    const char *headings, *body;
};

static struct lexical *of(const struct row *rows, size_t n)
{
    struct lexical *l = lexical_new();

    for (size_t i = 0; i < n; i++) {
        lexical_next_row(l, rows[i].language);
        lexical_add(l, rows[i].headings, 2);
        lexical_add(l, rows[i].body, 1);
    }
    lexical_seal(l);
    return l;
}

static const struct row handbook[] = {
    {LANGUAGE_EN, "Install", "Run the installer and choose a password for the administrator."},
    {LANGUAGE_EN, "Backup", "Copies are made each night; restoring one takes minutes."},
    {LANGUAGE_EN, "Network", "Edit pg_hba.conf before clients connect. Install nothing else."},
    {LANGUAGE_DE, "Sicherung", "Die Häuser werden jede Nacht gesichert."},
    {LANGUAGE_EN, "東京", "東京都の天気 weather report"},
};

/* first row found, -1 if none; the question as understood through ret_corrected */
static int ask(const char *query, char *ret_corrected, size_t size)
{
    struct lexical *l = of(handbook, sizeof(handbook) / sizeof(handbook[0]));
    struct lexical_query q;
    struct hit hits[5];

    lexical_parse(l, &arena, query, &q);
    size_t n = lexical_top(l, &q, 5, hits);
    if (ret_corrected)
        snprintf(ret_corrected, size, "%s", q.corrected ? q.corrected : "");
    lexical_free(l);
    return n > 0 ? (int)hits[0].row : -1;
}

static void finds_by_stem(void **state)
{
    (void)state;
    assert_int_equal(ask("how do I restore a copy?", NULL, 0), 1);
    assert_int_equal(ask("connecting", NULL, 0), 2);
    assert_int_equal(ask("weather", NULL, 0), 4);
}

static void headings_weigh_double(void **state)
{
    (void)state;
    assert_int_equal(ask("install", NULL, 0), 0); /* row 2 says it in its body only */
}

static void each_language_has_its_stems(void **state)
{
    (void)state;
    assert_int_equal(ask("Haus", NULL, 0), 3);
    assert_int_equal(ask("HÄUSER", NULL, 0), 3);
}

static void identifiers_whole_and_in_parts(void **state)
{
    (void)state;
    assert_int_equal(ask("pg_hba.conf", NULL, 0), 2);
    assert_int_equal(ask("hba", NULL, 0), 2);
}

static void grams(void **state)
{
    (void)state;
    assert_int_equal(ask("京都", NULL, 0), 4);
}

static void stop_words_find_nothing(void **state)
{
    char corrected[100];

    (void)state;
    assert_int_equal(ask("what is the of and", corrected, sizeof(corrected)), -1);
    assert_string_equal(corrected, "");
    assert_int_equal(ask("", NULL, 0), -1);
}

static void corrects_and_says_so(void **state)
{
    char corrected[100];

    (void)state;
    assert_int_equal(ask("Choose a pasword, then connect", corrected, sizeof(corrected)), 0);
    assert_string_equal(corrected, "Choose a password, then connect");
    /* known words, stop words and parts of identifiers are left alone */
    assert_int_equal(ask("password of the administrators", corrected, sizeof(corrected)), 0);
    assert_string_equal(corrected, "");
    assert_int_equal(ask("pasword_x.conf", corrected, sizeof(corrected)), 2);
    assert_string_equal(corrected, "");
    assert_int_equal(ask("qwertyuiop", corrected, sizeof(corrected)), -1);
    assert_string_equal(corrected, "");
}

static void long_questions_are_bounded(void **state)
{
    char query[8193], body[8193];
    struct row one = {LANGUAGE_EN, "", body};
    struct lexical_query q;

    (void)state;
    for (int i = 0; i < 8192; i++)
        query[i] = body[i] =
            i % 5 == 4 ? ' ' : (char)('a' + (i / 5 / (i % 5 == 0 ? 1 : 20) + i) % 26);
    query[8192] = body[8192] = '\0';
    struct lexical *l = of(&one, 1);
    lexical_parse(l, &arena, query, &q);
    assert_int_equal(q.n_terms, LEXICAL_MAX_TERMS);
    for (size_t i = 0; i < q.n_terms; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(q.terms[i], q.terms[j]);
    lexical_free(l);
}

/* each word that is looked for goes through all of the vocabulary */
static void few_words_are_looked_for(void **state)
{
    char query[2000] = "", corrected[2100];

    (void)state;
    for (int i = 0; i < LEXICAL_MAX_TRIED - 1; i++)
        snprintf(query + strlen(query), sizeof(query) - strlen(query), "zzqx%c%czzqx ",
                 'a' + i % 26, 'a' + i / 26);
    size_t len = strlen(query);
    snprintf(query + len, sizeof(query) - len, "pasword");
    assert_int_equal(ask(query, corrected, sizeof(corrected)), 0);
    snprintf(query + len, sizeof(query) - len, "zzqxzzzzqx pasword");
    assert_int_equal(ask(query, corrected, sizeof(corrected)), -1);
    assert_string_equal(corrected, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_by_stem),
        cmocka_unit_test(headings_weigh_double),
        cmocka_unit_test(each_language_has_its_stems),
        cmocka_unit_test(identifiers_whole_and_in_parts),
        cmocka_unit_test(grams),
        cmocka_unit_test(stop_words_find_nothing),
        cmocka_unit_test(corrects_and_says_so),
        cmocka_unit_test(long_questions_are_bounded),
        cmocka_unit_test(few_words_are_looked_for),
    };

    return test_run_with(tests, words_open, words_close);
}
