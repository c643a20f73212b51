/* Questions against rows of several languages. */
#include "test.h"

#include "retrieve/lexical.h"

#include <stdio.h>

struct row {
    enum cs_language language;
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
    {CS_LANGUAGE_EN, "Install", "Run the installer and choose a password for the administrator."},
    {CS_LANGUAGE_EN, "Backup", "Copies are made each night; restoring one takes minutes."},
    {CS_LANGUAGE_EN, "Network", "Edit pg_hba.conf before clients connect. Install nothing else."},
    {CS_LANGUAGE_DE, "Sicherung", "Die Häuser werden jede Nacht gesichert."},
    {CS_LANGUAGE_EN, "東京", "東京都の天気 weather report"},
};

/* First row found, -1 if none; the question as understood through ret_corrected. */
static int ask_of(const struct row *rows, size_t n, const char *query, char *ret_corrected,
                  size_t size)
{
    struct lexical *l = of(rows, n);
    struct lexical_query q;
    struct hit hits[5] = {{0}};
    struct topk top = {.at = hits, .k = 5};

    lexical_parse(l, &arena, query, NULL, 0, &q);
    lexical_top(l, &q, &top);
    n = topk_finish(&top);
    if (ret_corrected)
        snprintf(ret_corrected, size, "%s", q.corrected ? q.corrected : "");
    lexical_free(l);
    return n > 0 ? (int)hits[0].row : -1;
}

static int ask(const char *query, char *ret_corrected, size_t size)
{
    return ask_of(handbook, LEN(handbook), query, ret_corrected, size);
}

/* The same of 1,100 rows, of which the first alone has the name. */
static int ask_large(const char *query)
{
    enum { ROWS = 1100 };
    struct row *rows = CS_NEW(&arena, struct row, ROWS);

    rows[0] = (struct row){CS_LANGUAGE_EN, "", "Señora Hernández keeps the spare keys."};
    for (size_t i = 1; i < ROWS; i++)
        rows[i] = (struct row){CS_LANGUAGE_EN, "", "The crew wrote a line on the work of the day."};
    return ask_of(rows, ROWS, query, NULL, 0);
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

/* A question of stop words finds what has them; beside other words they say nothing. */
static void stop_words_when_nothing_else(void **state)
{
    static const struct row about[] = {
        {CS_LANGUAGE_EN, "IT", "The helpdesk sits on floor two."},
        {CS_LANGUAGE_EN, "Who we are", "A family business since 1920."},
        {CS_LANGUAGE_EN, "About us", "Founded by two sisters. It was a shop."},
        {CS_LANGUAGE_DE, "Kontakt", "Der Mann an der Theke hilft, und die Frau auch."},
        {CS_LANGUAGE_EN, "Press", "A die casts the man in metal."},
    };
    char corrected[100];

    (void)state;
    assert_int_equal(ask_of(about, LEN(about), "IT", NULL, 0), 0);
    assert_int_equal(ask_of(about, LEN(about), "What is IT?", NULL, 0), 0);
    assert_int_equal(ask_of(about, LEN(about), "Who are we?", NULL, 0), 1);
    assert_int_equal(ask_of(about, LEN(about), "about us", corrected, sizeof(corrected)), 2);
    assert_string_equal(corrected, "");
    /* stop words of German do not stop in a question in English */
    assert_int_equal(ask_of(about, LEN(about), "how does it die", NULL, 0), 4);
    assert_int_equal(ask_of(about, LEN(about), "where is the man", NULL, 0), 4);
    assert_int_equal(ask_of(about, LEN(about), "where is the zeppelin", NULL, 0), -1);
    assert_int_equal(ask("", NULL, 0), -1);
}

static void accents_may_be_left_out(void **state)
{
    static const struct row rows[] = {
        {CS_LANGUAGE_EN, "", "Señora Hernández keeps the spare keys."},
        {CS_LANGUAGE_EN, "", "The depot in Łódź opens at six."},
        {CS_LANGUAGE_EN, "", "Hạn nộp thuế là ngày hai mươi."},
        {CS_LANGUAGE_EN, "", "Giá thuê văn phòng tính theo tháng."},
        {CS_LANGUAGE_DE, "", "Der Schlüssel von Herrn Müller, und die Straße dazu."},
        {CS_LANGUAGE_RU, "", "Ёлка стоит в углу."},
    };

    (void)state;
    assert_int_equal(ask_of(rows, LEN(rows), "hernandez", NULL, 0), 0);
    assert_int_equal(ask_of(rows, LEN(rows), "HERNÁNDEZ", NULL, 0), 0);
    assert_int_equal(ask_of(rows, LEN(rows), "lodz", NULL, 0), 1);
    assert_int_equal(ask_of(rows, LEN(rows), "thuế", NULL, 0), 2);
    assert_int_equal(ask_of(rows, LEN(rows), "thuê\u0301", NULL, 0), 2);
    assert_int_equal(ask_of(rows, LEN(rows), "thuê", NULL, 0), 3);
    assert_true(ask_of(rows, LEN(rows), "thue", NULL, 0) >= 2);
    assert_int_equal(ask_of(rows, LEN(rows), "Mueller", NULL, 0), 4);
    assert_int_equal(ask_of(rows, LEN(rows), "muller", NULL, 0), 4);
    assert_int_equal(ask_of(rows, LEN(rows), "strasse", NULL, 0), 4);
    assert_int_equal(ask_of(rows, LEN(rows), "елка", NULL, 0), 5);
    /* an accent that is left out is no typing error */
    assert_int_equal(ask_of(rows, LEN(rows), "schluessle", NULL, 0), 4);
    assert_int_equal(ask_of(rows + 3, 1, "thuế", NULL, 0), -1); /* rent is no tax */
    /* a word said once in a large collection */
    assert_int_equal(ask_large("hernandez"), 0);
    assert_int_equal(ask_large("hernandze"), 0);
}

/* Without stop words a question may be in any language: a stem that English has often is rare in French. */
static void stems_of_languages_are_guesses(void **state)
{
    static const struct row rows[] = {
        {CS_LANGUAGE_EN, "", "An even event."},
        {CS_LANGUAGE_EN, "", "Events and even more events."},
        {CS_LANGUAGE_EN, "", "Not even an event."},
        {CS_LANGUAGE_FR, "", "La salle est ouverte pour les événements."},
    };

    (void)state;
    assert_int_equal(ask_of(rows, LEN(rows), "EVENEMENTS", NULL, 0), 3);
    assert_int_equal(ask_of(rows, LEN(rows), "événement", NULL, 0), 3);
}

static void identifiers_joined_and_apart(void **state)
{
    static const struct row rows[] = {
        {CS_LANGUAGE_EN, "", "Call getUserProfile before anything else."},
        {CS_LANGUAGE_EN, "", "The Wi-Fi key hangs in the lobby."},
        {CS_LANGUAGE_EN, "", "Your voicemail is kept for a month."},
        {CS_LANGUAGE_EN, "", "The set-up of v2.1 takes a day."},
        {CS_LANGUAGE_EN, "", "A licence costs 12,500 euro."},
        {CS_LANGUAGE_EN, "", "C# is spoken here."},
        {CS_LANGUAGE_EN, "", "C++ is spoken here."},
        {CS_LANGUAGE_EN, "", "C is spoken here."},
    };
    static const struct {
        const char *query;
        int row;
    } questions[] = {
        {"get user profile", 0},
        {"GETUSERPROFILE", 0},
        {"getuserprofile", 0},
        {"wifi", 1},
        {"wi fi", 1},
        {"voice-mail", 2},
        {"voice mail", 2},
        {"setup", 3},
        {"version 2.1", 3},
        {"v2.1", 3},
        {"12500", 4},
        {"12.500", 4},
        {"C#", 5},
        {"C++", 6},
        {"C", 7},
        {"c", 7},
    };

    (void)state;
    for (size_t i = 0; i < LEN(questions); i++)
        if (ask_of(rows, LEN(rows), questions[i].query, NULL, 0) != questions[i].row)
            fail_msg("%s should find row %d", questions[i].query, questions[i].row);
}

static void typing_errors_in_another_form(void **state)
{
    static const struct row rows[] = {
        {CS_LANGUAGE_EN, "", "One ticket is enough."},
        {CS_LANGUAGE_EN, "", "All invoices are kept."},
        {CS_LANGUAGE_EN, "", "The warehouse is open."},
    };

    (void)state;
    assert_int_equal(ask_of(rows, LEN(rows), "ticktes", NULL, 0), 0);
    assert_int_equal(ask_of(rows, LEN(rows), "tikcets", NULL, 0), 0);
    assert_int_equal(ask_of(rows, LEN(rows), "invioce", NULL, 0), 1);
    assert_int_equal(ask_of(rows, LEN(rows), "warehuoses", NULL, 0), 2);
}

/* One character is in the pairs that have it; between kana it is a word. */
static void single_characters(void **state)
{
    static const struct row rows[] = {
        {CS_LANGUAGE_EN, "", "黒猫がいます。"},
        {CS_LANGUAGE_EN, "", "小さな犬です。"},
        {CS_LANGUAGE_EN, "", "退货期限为三十天。"},
    };

    (void)state;
    assert_int_equal(ask_of(rows, LEN(rows), "猫", NULL, 0), 0);
    assert_int_equal(ask_of(rows, LEN(rows), "猫の種類は？", NULL, 0), 0);
    assert_int_equal(ask_of(rows, LEN(rows), "犬", NULL, 0), 1);
    assert_int_equal(ask_of(rows, LEN(rows), "退", NULL, 0), 2);
    assert_int_equal(ask_of(rows, LEN(rows), "鳥", NULL, 0), -1);
}

/* The words of the question before tell two plans apart, and weigh less than those of this one. */
static void follow_ups(void **state)
{
    static const struct row rows[] = {
        {CS_LANGUAGE_EN, "Falcon plan", "The price is 10."},
        {CS_LANGUAGE_EN, "Falcon plan seats", "There are places for members."},
        {CS_LANGUAGE_EN, "Heron plan seats", "There are places for members."},
        {CS_LANGUAGE_EN, "Heron plan", "The price is 30."},
    };
    char asked[] = "What does the Heron plan cost?", *before[] = {asked};
    struct lexical *l = of(rows, LEN(rows));
    struct lexical_query q;

    (void)state;
    for (size_t n = 0; n < 2; n++) {
        struct hit hits[4];
        struct topk top = {.at = hits, .k = 4};
        lexical_parse(l, &arena, "And how many seats does it have?", before, n, &q);
        lexical_top(l, &q, &top);
        assert_true(topk_finish(&top) >= 2);
        assert_int_equal(hits[0].row, n ? 2 : 1);
        assert_int_equal(hits[1].row, n ? 1 : 2);
    }
    lexical_parse(l, &arena, "zyzzyva quokka?", before, 1, &q);
    assert_int_equal(q.n_terms, 0);
    lexical_parse(l, &arena, "and is that expensive?", before, 1, &q);
    assert_true(q.n_terms > 0 && !q.corrected);
    lexical_free(l);
}

/* How much of a question the documents know: not its stop words, nor those of the question before. */
static void known_words_are_counted(void **state)
{
    static const struct {
        const char *query;
        uint32_t asked, known;
    } questions[] = {
        {"how do I restore a copy?", 2, 2},
        {"restore the zeppelin", 2, 1},
        {"zeppelins and quaggas", 2, 0},
        {"pasword", 1, 1}, /* nearly */
        {"and the of", 0, 0},
    };
    char asked[] = "Install the network", *before[] = {asked};
    struct lexical *l = of(handbook, LEN(handbook));
    struct lexical_query q;

    (void)state;
    for (size_t i = 0; i < LEN(questions); i++) {
        lexical_parse(l, &arena, questions[i].query, before, 1, &q);
        assert_int_equal(q.asked, questions[i].asked);
        assert_int_equal(q.known, questions[i].known);
    }
    lexical_free(l);
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
    struct row one = {CS_LANGUAGE_EN, "", body};
    struct lexical_query q;

    (void)state;
    for (int i = 0; i < 8192; i++)
        query[i] = body[i] =
            i % 5 == 4 ? ' ' : (char)('a' + (i / 5 / (i % 5 == 0 ? 1 : 20) + i) % 26);
    query[8192] = body[8192] = '\0';
    struct lexical *l = of(&one, 1);
    lexical_parse(l, &arena, query, NULL, 0, &q);
    assert_int_equal(q.n_terms, LEXICAL_MAX_TERMS);
    for (size_t i = 0; i < q.n_terms; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(q.terms[i].term, q.terms[j].term);
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
        cmocka_unit_test(stop_words_when_nothing_else),
        cmocka_unit_test(accents_may_be_left_out),
        cmocka_unit_test(stems_of_languages_are_guesses),
        cmocka_unit_test(identifiers_joined_and_apart),
        cmocka_unit_test(typing_errors_in_another_form),
        cmocka_unit_test(single_characters),
        cmocka_unit_test(follow_ups),
        cmocka_unit_test(known_words_are_counted),
        cmocka_unit_test(corrects_and_says_so),
        cmocka_unit_test(long_questions_are_bounded),
        cmocka_unit_test(few_words_are_looked_for),
    };

    return test_run(tests);
}
