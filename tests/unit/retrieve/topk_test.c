/* The heap compared with a sort. */
#include "test.h"

#include "retrieve/topk.h"

enum { MOST = 500 };

static int best_first(const void *pa, const void *pb)
{
    const struct hit *a = pa, *b = pb;

    if (a->score != b->score)
        return a->score < b->score ? 1 : -1;
    return a->row < b->row ? -1 : 1;
}

static uint32_t next_random(uint32_t *state)
{
    return *state = *state * 1664525U + 1013904223U;
}

/* few different scores, so that ties are common */
static void agrees_with_a_sort(size_t n, size_t k, uint32_t seed)
{
    struct hit all[MOST], got[MOST];
    struct topk top = {.at = got, .k = k};

    for (size_t i = 0; i < n; i++) {
        all[i] = (struct hit){.row = (uint32_t)i, .score = (float)(next_random(&seed) >> 26)};
    }
    /* offered from the end: the answer may not depend on the order */
    for (size_t i = n; i-- > 0;)
        topk_offer(&top, all[i].row, all[i].score);
    qsort(all, n, sizeof(all[0]), best_first);
    assert_int_equal(topk_finish(&top), n < k ? n : k);
    for (size_t i = 0; i < n && i < k; i++) {
        assert_int_equal(got[i].row, all[i].row);
        assert_true(got[i].score == all[i].score);
    }
}

static void heap_agrees_with_sort(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 3, 7, 50, 51, 499};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (uint32_t seed = 1; seed < 20; seed++)
            for (size_t k = 1; k <= 64; k = k * 2 + 1)
                agrees_with_a_sort(sizes[i], k, seed);
}

static void none_are_asked_for(void **state)
{
    struct topk top = {.at = NULL, .k = 0};

    (void)state;
    topk_offer(&top, 1, 1);
    assert_int_equal(topk_finish(&top), 0);
}

/* Of rows that are the same one is kept, the best, whatever the order they come in. */
static void copies_are_one(void **state)
{
    static const uint32_t same[] = {0, 0, 2, 0, 4, 2};
    static const float scores[] = {1, 5, 2, 5, 3, 4};

    (void)state;
    for (int turn = 0; turn < 6; turn++)
        for (size_t k = 1; k <= 4; k++) {
            struct hit got[4];
            struct topk top = {.at = got, .k = k, .same = same};
            for (uint32_t i = 0; i < 6; i++)
                topk_offer(&top, (i + (uint32_t)turn) % 6, scores[(i + (uint32_t)turn) % 6]);
            size_t n = topk_finish(&top);
            assert_int_equal(n, k < 3 ? k : 3);
            assert_int_equal(got[0].row, 1);
            if (n > 1)
                assert_int_equal(got[1].row, 5);
            if (n > 2)
                assert_int_equal(got[2].row, 4);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heap_agrees_with_sort),
        cmocka_unit_test(none_are_asked_for),
        cmocka_unit_test(copies_are_one),
    };

    return test_run(tests);
}
