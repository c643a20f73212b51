/* The ten best of a scan by bytes against those of the exact scan. */
#include "test.h"

#include "clustered.h"
#include "provider/half.h"
#include "retrieve/scan.h"

enum { N = 6000, QUERIES = 60, K = 10, DEPTH = 50 };

static float *one; /* room for a vector */

static uint16_t *rows_new(struct clustered *c, size_t n)
{
    uint16_t *rows = zeroed(n * c->dims, sizeof(*rows));

    for (size_t r = 0; r < n; r++) {
        clustered_vector(c, one);
        cs_half_pack(one, c->dims, (unsigned char *)(rows + r * c->dims));
    }
    return rows;
}

static size_t best_in_both(const struct hit *a, const struct hit *b, size_t k)
{
    size_t both = 0;

    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++)
            both += a[i].row == b[j].row;
    return both;
}

static void query_near(struct clustered *c, const uint16_t *rows, size_t row, float *ret)
{
    for (size_t i = 0; i < c->dims; i++)
        one[i] = half_to_float(rows[row * c->dims + i]);
    clustered_query(c, one, ret);
}

/* How many of the ten best of all queries are found, as a share. */
static double recall_of(size_t dims, size_t asked)
{
    struct clustered c;
    struct hit exact[DEPTH] = {0}, found[DEPTH] = {0};
    float *query = zeroed(dims, sizeof(*query));
    size_t both = 0;

    one = zeroed(dims, sizeof(*one));
    clustered_init(&c, dims, 300, dims);
    uint16_t *rows = rows_new(&c, N);
    struct bytes *bytes = bytes_new(rows, N, dims);
    for (size_t q = 0; q < QUERIES; q++) {
        query_near(&c, rows, q * N / QUERIES, query);
        struct topk top = {.at = exact, .k = asked}, by_bytes = {.at = found, .k = asked};
        scan_top(rows, N, dims, query, NULL, &top);
        scan_bytes_top(bytes, rows, dims, query, NULL, &by_bytes);
        assert_int_equal(topk_finish(&top), asked);
        assert_int_equal(topk_finish(&by_bytes), asked);
        both += best_in_both(exact, found, K);
        assert_true(exact[0].score == found[0].score || exact[0].row != found[0].row);
    }
    bytes_free(bytes);
    clustered_free(&c);
    free(rows);
    free(query);
    free(one);
    return (double)both / (QUERIES * K);
}

static void bytes_find_the_ten_best(void **state)
{
    static const size_t dims[] = {100, 384};

    (void)state;
    for (size_t i = 0; i < LEN(dims); i++) {
        double fifty = recall_of(dims[i], DEPTH), ten = recall_of(dims[i], K);
        if (fifty < 0.995 || ten < 0.995)
            fail_msg("recall with %zu dimensions: %.4f of 50 asked for, %.4f of 10", dims[i], fifty,
                     ten);
    }
}

/* A text that stands a thousand times does not crowd out the candidates. */
static void copies_are_one_candidate(void **state)
{
    enum { DIMS = 64, ROWS = 1200, COPIES = 1000 };
    struct clustered c;
    uint32_t same[ROWS], names[ROWS];
    struct hit found[K] = {0};
    float query[DIMS];

    (void)state;
    one = zeroed(DIMS, sizeof(*one));
    clustered_init(&c, DIMS, 20, 7);
    uint16_t *rows = rows_new(&c, ROWS);
    for (uint32_t r = 0; r < ROWS; r++) { /* rows have other numbers than vectors */
        names[r] = ROWS - 1 - r;
        same[names[r]] = r < COPIES ? ROWS - 1 : names[r];
        if (r < COPIES)
            memmove(rows + (size_t)r * DIMS, rows, DIMS * sizeof(*rows));
    }
    query_near(&c, rows, 0, query);
    struct bytes *bytes = bytes_new(rows, ROWS, DIMS);
    struct topk top = {.at = found, .k = K, .same = same};
    scan_bytes_top(bytes, rows, DIMS, query, names, &top);
    assert_int_equal(topk_finish(&top), K);
    for (size_t i = 1; i < K; i++)
        assert_true(found[i].row < ROWS - COPIES);
    bytes_free(bytes);
    clustered_free(&c);
    free(rows);
    free(one);
}

/* Rows that may not be found are no candidates: behind a thousand of them the few allowed ones are all found. */
static void a_filter_holds_among_candidates(void **state)
{
    enum { DIMS = 64, ROWS = 1200, ALLOWED = 7 };
    struct clustered c;
    uint32_t names[ROWS];
    bool allowed[ROWS] = {false};
    struct hit found[K] = {0};
    float query[DIMS];

    (void)state;
    one = zeroed(DIMS, sizeof(*one));
    clustered_init(&c, DIMS, 20, 7);
    uint16_t *rows = rows_new(&c, ROWS);
    for (uint32_t r = 0; r < ROWS; r++) {
        names[r] = ROWS - 1 - r;
        allowed[names[r]] = r >= ROWS - ALLOWED;
        if (r < ROWS - ALLOWED) /* nearer to the question than each allowed one */
            memmove(rows + (size_t)r * DIMS, rows, DIMS * sizeof(*rows));
    }
    query_near(&c, rows, 0, query);
    struct bytes *bytes = bytes_new(rows, ROWS, DIMS);
    struct topk top = {.at = found, .k = K, .allowed = allowed};
    scan_bytes_top(bytes, rows, DIMS, query, names, &top);
    assert_int_equal(topk_finish(&top), ALLOWED);
    for (size_t i = 0; i < ALLOWED; i++)
        assert_true(found[i].row < ALLOWED);
    bytes_free(bytes);
    clustered_free(&c);
    free(rows);
    free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_find_the_ten_best),
        cmocka_unit_test(copies_are_one_candidate),
        cmocka_unit_test(a_filter_holds_among_candidates),
    };

    return test_run(tests);
}
