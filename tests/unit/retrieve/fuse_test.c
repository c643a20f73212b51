/* Sums of reciprocal ranks by hand. */
#include "test.h"

#include "retrieve/fuse.h"

static void near(float got, double want)
{
    assert_true((double)got > want - 1e-6 && (double)got < want + 1e-6);
}

static void sums_reciprocal_ranks(void **state)
{
    /* scores of the inputs are on other scales and must not matter */
    const struct hit a[] = {{10, 900}, {20, 800}, {30, 1}}, b[] = {{30, 0.9F}, {10, 0.1F}};
    struct hit got[5];

    (void)state;
    assert_int_equal(fuse(a, 3, b, 2, NULL, 5, got), 3);
    assert_int_equal(got[0].row, 10);
    near(got[0].score, 1.0 / 61 + 1.0 / 62);
    assert_int_equal(got[1].row, 30);
    near(got[1].score, 1.0 / 61 + 1.0 / 63);
    assert_int_equal(got[2].row, 20);
    near(got[2].score, 1.0 / 62);
}

static void one_side_may_be_empty(void **state)
{
    const struct hit a[] = {{7, 1}, {5, 0.5F}};
    struct hit got[5];

    (void)state;
    assert_int_equal(fuse(NULL, 0, a, 2, NULL, 1, got), 1);
    assert_int_equal(got[0].row, 7);
    assert_int_equal(fuse(NULL, 0, NULL, 0, NULL, 5, got), 0);
}

static void equal_scores_go_by_row(void **state)
{
    const struct hit a[] = {{9, 1}}, b[] = {{4, 1}};
    struct hit got[2];

    (void)state;
    assert_int_equal(fuse(a, 1, b, 1, NULL, 2, got), 2);
    assert_int_equal(got[0].row, 4);
}

static void only_the_depth_counts(void **state)
{
    struct hit a[FUSE_DEPTH + 10], b[FUSE_DEPTH + 10], got[3 * FUSE_DEPTH];

    (void)state;
    for (uint32_t i = 0; i < FUSE_DEPTH + 10; i++) {
        a[i] = (struct hit){.row = i, .score = 1};
        b[i] = (struct hit){.row = 1000 + i, .score = 1};
    }
    assert_int_equal(fuse(a, FUSE_DEPTH + 10, b, FUSE_DEPTH + 10, NULL, 3 * FUSE_DEPTH, got),
                     2 * FUSE_DEPTH);
}

/* Two rankings that name different copies of a text mean one row. */
static void copies_are_one(void **state)
{
    static const uint32_t same[] = {0, 1, 0, 3};
    const struct hit a[] = {{0, 9}, {1, 8}}, b[] = {{3, 1}, {2, 0.5F}};
    struct hit got[4];

    (void)state;
    assert_int_equal(fuse(a, 2, b, 2, same, 4, got), 3);
    assert_int_equal(got[0].row, 0);
    near(got[0].score, 1.0 / 61 + 1.0 / 62);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_reciprocal_ranks), cmocka_unit_test(one_side_may_be_empty),
        cmocka_unit_test(copies_are_one),        cmocka_unit_test(equal_scores_go_by_row),
        cmocka_unit_test(only_the_depth_counts),
    };

    return test_run(tests);
}
