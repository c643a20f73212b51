/* Scores by hand for a few rows, and compared with a plain sum for many. */
#include "test.h"

#include "retrieve/bm25.h"
#include "text/lexicon.h"

#include <math.h>
#include <stdio.h>

static void add(struct bm25 *b, const char *word, uint32_t times)
{
    bm25_add(b, bm25_term(b, word, strlen(word)), times, times);
}

static size_t bm25_best(const struct bm25 *b, const uint32_t *terms, size_t n, size_t k,
                        struct hit *ret)
{
    struct bm25_query_term q[3];
    struct topk top = {.at = ret, .k = k};

    for (size_t i = 0; i < n; i++)
        q[i] = (struct bm25_query_term){.term = terms[i], .df = bm25_df(b, terms[i]), .weight = 1};
    bm25_top(b, q, n, &top);
    return topk_finish(&top);
}

/*
 * 0: cat cat dog         length 3
 * 1: cat fish            length 2
 * 2: bird bird bird ...  length 7 (bird counted as said seven times)
 * average length 4
 */
static struct bm25 *zoo(void)
{
    struct bm25 *b = bm25_new();

    bm25_next_row(b);
    add(b, "cat", 1);
    add(b, "dog", 1);
    add(b, "cat", 1);
    bm25_next_row(b);
    add(b, "cat", 1);
    add(b, "fish", 1);
    bm25_next_row(b);
    add(b, "bird", 7);
    bm25_seal(b);
    return b;
}

static uint32_t find(const struct bm25 *b, const char *word)
{
    return bm25_find(b, word, strlen(word));
}

static void near(float got, double want)
{
    if (fabs((double)got - want) > 1e-5)
        fail_msg("%.7f is not %.7f", (double)got, want);
}

static void scores_by_hand(void **state)
{
    struct bm25 *b = zoo();
    uint32_t terms[] = {find(b, "cat"), find(b, "fish")};
    struct hit hits[5];
    /* idf: ln(1 + (3 - 2 + .5) / (2 + .5)) and ln(1 + (3 - 1 + .5) / (1 + .5)) */
    const double idf_cat = 0.4700036, idf_fish = 0.9808293;
    /* tf * 1.9 / (tf + 0.9 * (.6 + .4 * length / 4)) */
    const double cat_in_0 = 2 * 1.9 / (2 + 0.9 * (0.6 + 0.4 * 3 / 4));
    const double once_in_1 = 1.9 / (1 + 0.9 * (0.6 + 0.4 * 2 / 4));

    (void)state;
    assert_int_equal(bm25_best(b, terms, 2, 5, hits), 2);
    assert_int_equal(hits[0].row, 1);
    near(hits[0].score, (idf_cat + idf_fish) * once_in_1);
    assert_int_equal(hits[1].row, 0);
    near(hits[1].score, idf_cat * cat_in_0);
    assert_int_equal(bm25_best(b, terms, 2, 1, hits), 1);
    assert_int_equal(bm25_best(b, terms, 0, 5, hits), 0);
    bm25_free(b);
}

static void counts_rows_not_words(void **state)
{
    struct bm25 *b = zoo();

    (void)state;
    assert_int_equal(bm25_df(b, find(b, "cat")), 2);
    assert_int_equal(bm25_df(b, find(b, "bird")), 1);
    assert_int_equal(find(b, "cow"), CS_LEXICON_NONE);
    bm25_free(b);
}

static void empty_rows_are_harmless(void **state)
{
    struct bm25 *b = bm25_new(), *none = bm25_new();
    struct hit hits[2];

    (void)state;
    bm25_next_row(b);
    bm25_next_row(b);
    add(b, "word", 1);
    bm25_seal(b);
    uint32_t term = find(b, "word");
    assert_int_equal(bm25_best(b, &term, 1, 2, hits), 1);
    assert_int_equal(hits[0].row, 1);
    bm25_free(b);
    bm25_seal(none);
    assert_int_equal(find(none, "word"), CS_LEXICON_NONE);
    assert_int_equal(bm25_best(none, NULL, 0, 2, hits), 0);
    bm25_free(none);
}

/* the same with many terms, against sums made one row at a time */
static void scores_many(void **state)
{
    enum { ROWS = 200, WORDS = 40 };
    struct bm25 *b = bm25_new();
    int said[ROWS][WORDS] = {0}, length[ROWS] = {0}, total = 0;
    uint32_t terms[WORDS], seed = 7;
    struct hit hits[ROWS];

    (void)state;
    for (int r = 0; r < ROWS; r++) {
        bm25_next_row(b);
        for (int i = 0; i < 5 + r % 17; i++) {
            char word[16];
            seed = seed * 1664525U + 1013904223U;
            int w = (int)(seed >> 16) % WORDS;
            snprintf(word, sizeof(word), "w%d", w);
            add(b, word, 1);
            said[r][w]++;
            length[r]++;
            total++;
        }
    }
    bm25_seal(b);
    terms[0] = find(b, "w3");
    terms[1] = find(b, "w17");
    terms[2] = find(b, "w39");
    size_t n = bm25_best(b, terms, 3, ROWS, hits);
    assert_true(n > 20);
    for (size_t i = 0; i < n; i++) {
        static const int words[] = {3, 17, 39};
        int r = (int)hits[i].row;
        double want = 0;

        for (int j = 0; j < 3; j++) {
            double tf = said[r][words[j]], df = bm25_df(b, terms[j]);
            double norm = 0.9 * (0.6 + 0.4 * length[r] * ROWS / total);
            want += log(1 + (ROWS - df + 0.5) / (df + 0.5)) * tf * 1.9 / (tf + norm);
        }
        near(hits[i].score, want);
    }
    bm25_free(b);
}

/* Steps and times of one byte and of several; a stop word is found but makes no row longer. */
static void postings_of_any_size(void **state)
{
    static const uint32_t rows[] = {0, 1, 64, 65, 200, 9000, 40000},
                          times[] = {1, 2, 127, 128, 300, 1, 70000};
    struct bm25 *b = bm25_new();
    struct hit hits[LEN(rows)];
    uint32_t n = 0;

    (void)state;
    for (size_t i = 0; i < LEN(rows); i++) {
        while (n <= rows[i]) {
            bm25_next_row(b);
            n++;
        }
        bm25_add(b, bm25_term(b, "word", 4), times[i], 0);
    }
    bm25_seal(b);
    uint32_t term = find(b, "word");
    assert_int_equal(bm25_best(b, &term, 1, LEN(rows), hits), LEN(rows));
    const size_t n_rows = LEN(rows);
    double df = (double)n_rows, idf = log(1 + (n - df + 0.5) / (df + 0.5));
    for (size_t i = 0; i < LEN(rows); i++) {
        size_t at = 0;
        while (rows[at] != hits[i].row)
            at++;
        near(hits[i].score, idf * times[at] * 1.9 / (times[at] + 0.9 * 0.6));
    }
    bm25_free(b);
}

static void guesses_weigh_less(void **state)
{
    struct bm25 *b = zoo();
    struct hit hits[5];
    struct topk top = {.at = hits, .k = 5};
    struct bm25_query_term q[] = {{find(b, "fish"), 3, 0.5F}};

    (void)state;
    bm25_top(b, q, 1, &top);
    assert_int_equal(topk_finish(&top), 1);
    /* as frequent as the group it belongs to */
    near(hits[0].score, 0.5 * log(1 + 0.5 / 3.5) * 1.9 / (1 + 0.9 * (0.6 + 0.4 * 2 / 4)));
    bm25_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_by_hand),          cmocka_unit_test(counts_rows_not_words),
        cmocka_unit_test(empty_rows_are_harmless), cmocka_unit_test(scores_many),
        cmocka_unit_test(postings_of_any_size),    cmocka_unit_test(guesses_weigh_less),
    };

    return test_run(tests);
}
