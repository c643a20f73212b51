/* kernel: each kernel of this processor against plain loops, at every remainder. */
#include "test.h"

#include <math.h>

#include "embed/local/kernel.h"

enum { M = 13, N = 150, K = 37 };

static float a[M * K], w[N * K], bias[N];

static void fill_numbers(float *x, size_t n)
{
    static uint32_t state = 7;

    for (size_t i = 0; i < n; i++) {
        state = state * 1664525U + 1013904223U;
        x[i] = (float)(state >> 8) / (1 << 24) - 0.5F;
    }
}

static void is_near(double is, double want)
{
    if (!(fabs(is - want) <= 2e-6 * (1 + fabs(want))))
        fail_msg("%.9g instead of %.9g", is, want);
}

static void product(const struct local_kernel *kernel, size_t m, size_t n, size_t k, float *c)
{
    float *packed = CS_NEW(&arena, float, local_packed(kernel, n, k));
    const struct local_product p = {.m = m,
                                    .n = n,
                                    .k = k,
                                    .a = a,
                                    .a_step = K,
                                    .packed = packed,
                                    .bias = bias,
                                    .c = c,
                                    .c_step = N};

    local_pack(kernel, n, k, w, K, 1, packed);
    kernel->product(&p);
}

static void test_products(void **state)
{
    static const size_t columns[] = {1, 7, 8, 16, 17, 63, 64, 65, N};
    float c[M * N], alone[N];

    (void)state;
    for (size_t at = 0; local_kernel_at(at); at++)
        for (size_t i = 0; i < LEN(columns); i++)
            for (size_t m = 1; m <= M; m++) {
                size_t n = columns[i], k = m % 2 ? K : m;
                memset(c, 0x55, sizeof(c));
                product(local_kernel_at(at), m, n, k, c);
                for (size_t row = 0; row < m; row++)
                    for (size_t column = 0; column < n; column++) {
                        double sum = (double)bias[column];
                        for (size_t j = 0; j < k; j++)
                            sum += (double)a[row * K + j] * (double)w[column * K + j];
                        is_near((double)c[row * N + column], sum);
                    }
                product(local_kernel_at(at), 1, n, k, alone);
                assert_memory_equal(alone, c, n * sizeof(float)); /* bit for bit */
                if (n < N) /* nothing behind the last column */
                    assert_memory_equal(&c[n], "\x55\x55\x55\x55", 4);
            }
}

static void test_functions(void **state)
{
    enum { LONGEST = 37 };
    float x[LONGEST], y[LONGEST], z[LONGEST];

    (void)state;
    for (size_t at = 0; local_kernel_at(at); at++)
        for (size_t n = 1; n <= LONGEST; n++) {
            const struct local_kernel *kernel = local_kernel_at(at);
            double sum = 0, mean = 0, var = 0;
            fill_numbers(x, n);
            fill_numbers(y, n);
            for (size_t i = 0; i < n; i++)
                sum += exp((double)x[i] * 30);
            memcpy(z, x, sizeof(z));
            kernel->softmax(z, n, 30);
            for (size_t i = 0; i < n; i++)
                is_near((double)z[i], exp((double)x[i] * 30) / sum);
            for (size_t i = 0; i < n; i++)
                z[i] = x[i] * 20;
            kernel->gelu(z, n);
            for (size_t i = 0; i < n; i++)
                is_near((double)z[i], (double)x[i] * 10 * (1 + erf((double)x[i] * 20 / sqrt(2))));
            for (size_t i = 0; i < n; i++)
                mean += ((double)x[i] + (double)y[i]) / (double)n;
            for (size_t i = 0; i < n; i++)
                var += pow((double)x[i] + (double)y[i] - mean, 2) / (double)n;
            memcpy(z, x, sizeof(z));
            kernel->norm(z, y, w, bias, n, 1e-3F);
            for (size_t i = 0; i < n; i++)
                is_near((double)z[i],
                        ((double)x[i] + (double)y[i] - mean) / sqrt(var + 1e-3) * (double)w[i] +
                            (double)bias[i]);
        }
}

/* Numbers at the ends: no infinity and no NaN. */
static void test_ends(void **state)
{
    (void)state;
    for (size_t at = 0; local_kernel_at(at); at++) {
        const struct local_kernel *kernel = local_kernel_at(at);
        float x[] = {-1e30F, 0, 1e4F, -1e4F, 1e30F}, one[] = {-3e38F};
        kernel->gelu(x, 4);
        assert_true(x[0] <= 0 && x[0] >= -1e24F && x[1] >= 0 && x[1] <= 0 && x[2] >= 9999);
        kernel->softmax(one, 1, 1);
        assert_true(one[0] >= 1 && one[0] <= 1);
        x[0] = -1e30F;
        kernel->softmax(x, 5, 1);
        assert_true(x[0] >= 0 && x[0] <= 0 && x[4] >= 1 && x[4] <= 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_ends),
    };
    fill_numbers(a, LEN(a));
    fill_numbers(w, LEN(w));
    fill_numbers(bias, LEN(bias));
    return test_run(tests);
}
