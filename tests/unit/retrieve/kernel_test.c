/* Each kernel of this processor against plain arithmetic. */
#include "test.h"

#include "base/grow.h"
#include "retrieve/kernel.h"
#include "retrieve/scan.h"

#include <math.h>

/* the value of a half by its definition */
static double half_value(uint16_t h)
{
    int exponent = h >> 10 & 31, fraction = h & 1023;
    double v = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);

    return h & 0x8000 ? -v : v;
}

/* nearest half, by search: slow and plain */
static uint16_t half_of(float f)
{
    double want = fabs((double)f);
    uint16_t low = 0, high = 0x7bff;

    while (low < high) {
        uint16_t middle = (uint16_t)((low + high + 1) / 2);
        if (half_value(middle) <= want)
            low = middle;
        else
            high = (uint16_t)(middle - 1);
    }
    if (low < 0x7bff && half_value((uint16_t)(low + 1)) - want < want - half_value(low))
        low++;
    return f < 0 ? (uint16_t)(low | 0x8000) : low;
}

static void every_finite_half(void **state)
{
    int finite = 0;

    (void)state;
    for (uint32_t h = 0; h <= UINT16_MAX; h++) {
        if (!half_finite((uint16_t)h))
            continue;
        finite++;
        if ((double)half_to_float((uint16_t)h) != half_value((uint16_t)h))
            fail_msg("half %04x", h);
    }
    assert_int_equal(finite, 2 * 31 * 1024);
}

static float uniform(uint64_t *s)
{
    uint64_t z = (*s += 0x9E3779B97F4A7C15ULL);

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return (float)((z ^ (z >> 31)) >> 40) / 16777216.0F - 0.5F;
}

/* topics with noise around them and a common mean, length 1: as embeddings are */
static void clustered(uint16_t *rows, float *query, size_t n, size_t dims, uint64_t seed)
{
    enum { TOPICS = 7 };
    float *v = zeroed(dims, sizeof(*v));

    for (size_t r = 0; r <= n; r++) {
        uint64_t topic = seed * 31 + r % TOPICS;
        float norm = 0;

        for (size_t i = 0; i < dims; i++) {
            v[i] = 0.2F + uniform(&topic) + 0.5F * uniform(&seed);
            norm += v[i] * v[i];
        }
        norm = sqrtf(norm);
        for (size_t i = 0; i < dims; i++) {
            if (r == n)
                query[i] = v[i] / norm;
            else
                rows[r * dims + i] = half_of(v[i] / norm);
        }
    }
    free(v);
}

static double dot(const uint16_t *row, const float *query, size_t dims)
{
    double sum = 0;

    for (size_t i = 0; i < dims; i++)
        sum += half_value(row[i]) * (double)query[i];
    return sum;
}

static void scans_right(const struct kernel *kernel, size_t n, size_t dims)
{
    /* of exactly this size, so that the sanitizer sees a read behind the end */
    uint16_t *rows = zeroed(n * dims, sizeof(*rows));
    float *query = zeroed(dims, sizeof(*query)), *scores = zeroed(n, sizeof(*scores));

    clustered(rows, query, n, dims, n * 1000 + dims);
    kernel->scan(rows, n, dims, query, scores);
    for (size_t r = 0; r < n; r++) {
        double want = dot(rows + r * dims, query, dims);
        if (fabs((double)scores[r] - want) > 2e-6)
            fail_msg("%s: %zu x %zu, row %zu: %.8f, not %.8f", kernel->name, n, dims, r,
                     (double)scores[r], want);
    }
    free(rows);
    free(query);
    free(scores);
}

static void kernels_agree(void **state)
{
    static const size_t dims[] = {1, 7, 8, 9, 31, 48, 384, 387}, n[] = {1, 2, 3, 4, 5, 11};

    (void)state;
    for (size_t d = 0; d < sizeof(dims) / sizeof(dims[0]); d++)
        for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++) {
            for (const struct kernel *const *k = kernel_all(); *k; k++)
                scans_right(*k, n[i], dims[d]);
        }
}

/* Bytes are whole numbers, so all kernels have the same sums. */
static void kernels_agree_on_bytes(void **state)
{
    enum { N = 7, DIMS = 200, STRIDE = 256 };
    static uint16_t rows[N * DIMS];
    float query[DIMS], want[N], scores[N];
    _Alignas(KERNEL_BYTES) int8_t bytes[STRIDE];
    _Alignas(KERNEL_BYTES) uint8_t shifted[STRIDE];
    struct kernel_byte_query q;

    (void)state;
    clustered(rows, query, N, DIMS, 5);
    for (int i = 0; i < DIMS; i++) /* the largest sum there is */
        rows[i] = half_of(i < DIMS / 2 ? 1 : -1);
    struct bytes *b = bytes_new(rows, N, DIMS);
    assert_int_equal(b->rows.stride, STRIDE);
    bytes_query(query, DIMS, STRIDE, bytes, shifted, &q);
    kernel_scalar.scan_bytes(&b->rows, 0, N, &q, want);
    for (int r = 0; r < N; r++)
        assert_true(fabs((double)want[r] - dot(rows + (size_t)r * DIMS, query, DIMS)) < 0.05);
    for (const struct kernel *const *k = kernel_all(); *k; k++)
        for (size_t first = 0; first < N; first++) {
            (*k)->scan_bytes(&b->rows, first, N - first, &q, scores);
            for (size_t r = first; r < N; r++)
                if (fabs((double)scores[r - first] - (double)want[r]) > 1e-6)
                    fail_msg("%s: row %zu from %zu: %.8f, not %.8f", (*k)->name, r, first,
                             (double)scores[r - first], (double)want[r]);
        }
    bytes_free(b);
}

static void checksums_agree(void **state)
{
    unsigned char bytes[100];

    (void)state;
    /* the check value of CRC-32C */
    assert_int_equal(kernel_scalar.crc32c("123456789", 9), 0xe3069283);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(i * 37);
    for (size_t n = 0; n <= sizeof(bytes); n++)
        assert_int_equal(kernel_scalar.crc32c(bytes, n), kernel_best()->crc32c(bytes, n));
}

/* more than one block, with the best row in the last */
static void best_row_of_many(void **state)
{
    enum { N = 2500, DIMS = 16, K = 10 };
    uint16_t *rows = zeroed((size_t)N * DIMS, sizeof(*rows));
    float query[DIMS];
    struct hit hits[K];

    (void)state;
    clustered(rows, query, N, DIMS, 42);
    for (int i = 0; i < DIMS; i++)
        rows[(N - 1) * DIMS + i] = half_of(query[i]);
    struct topk top = {.at = hits, .k = K};
    scan_top(rows, N, DIMS, query, NULL, &top);
    assert_int_equal(topk_finish(&top), K);
    assert_int_equal(hits[0].row, N - 1);
    for (int i = 1; i < K; i++) {
        assert_true(hits[i].score <= hits[i - 1].score);
        assert_true(fabs((double)hits[i].score - dot(rows + hits[i].row * DIMS, query, DIMS)) <
                    2e-6);
    }
    /* and nothing that was left out is better */
    for (uint32_t r = 0; r < N; r++) {
        bool in = false;
        for (int i = 0; i < K; i++)
            in = in || hits[i].row == r;
        if (!in)
            assert_true(dot(rows + r * DIMS, query, DIMS) <= (double)hits[K - 1].score + 2e-6);
    }
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_finite_half),      cmocka_unit_test(kernels_agree),
        cmocka_unit_test(kernels_agree_on_bytes), cmocka_unit_test(checksums_agree),
        cmocka_unit_test(best_row_of_many),
    };

    return test_run(tests);
}
