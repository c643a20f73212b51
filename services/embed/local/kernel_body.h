/*
 * The loops of a local_kernel, for registers of WIDTH bytes of which a row of a product has VECTORS;
 * the file that includes this defines both and NAME.
 */
#include "embed/local/kernel.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef float vector __attribute__((vector_size(WIDTH)));
typedef int32_t integers __attribute__((vector_size(WIDTH)));
typedef float loose __attribute__((vector_size(WIDTH), aligned(4), may_alias));

enum {
    LANES = WIDTH / 4,
    PANEL = LANES * VECTORS,
    ROWS = 6,   /* of a product at a time: their sums stay in registers */
    BLOCK = 96, /* rows that stay in the cache while the weights go by */
};

static vector splat(float x)
{
    return x - (vector){0};
}

static vector load(const float *p)
{
    return *(const loose *)p;
}

static void store(float *p, vector v)
{
    *(loose *)p = v;
}

/* The first n lanes, the others `rest`. */
static vector load_some(const float *p, size_t n, float rest)
{
    vector v = splat(rest);

    if (n >= LANES)
        return load(p);
    memcpy(&v, p, n * sizeof(float));
    return v;
}

static void store_some(float *p, size_t n, vector v)
{
    if (n >= LANES)
        store(p, v);
    else
        memcpy(p, &v, n * sizeof(float));
}

static float sum_of(vector v)
{
    float sum = 0;

    for (size_t i = 0; i < LANES; i++)
        sum += v[i];
    return sum;
}

/* ---- product ---- */

/* ROWS rows from `at` on, or those that are left, by one panel of at most PANEL columns. */
static void product_tile(const struct local_product *p, size_t at, size_t column)
{
    size_t rows = p->m - at < ROWS ? p->m - at : ROWS, n = p->n - column;
    const float *w = p->packed + column * p->k, *a[ROWS];
    vector sum[ROWS][VECTORS];

    for (size_t v = 0; v < VECTORS; v++) {
        size_t from = v * LANES;
        sum[0][v] =
            p->bias && n > from ? load_some(p->bias + column + from, n - from, 0) : splat(0);
    }
    for (size_t r = 0; r < ROWS; r++) {
        a[r] = p->a + (at + (r < rows ? r : 0)) * p->a_step; /* a row more costs nothing */
        memcpy(sum[r], sum[0], sizeof(sum[0]));
    }
    for (size_t k = 0; k < p->k; k++, w += PANEL)
#pragma GCC unroll 8
        for (size_t r = 0; r < ROWS; r++) {
            float x = a[r][k];
#pragma GCC unroll 8
            for (size_t v = 0; v < VECTORS; v++)
                sum[r][v] += x * load(w + v * LANES);
        }
    for (size_t r = 0; r < rows; r++)
        for (size_t v = 0; v < VECTORS && n > v * LANES; v++)
            store_some(p->c + (at + r) * p->c_step + column + v * LANES, n - v * LANES, sum[r][v]);
}

static void kernel_product(const struct local_product *p)
{
    for (size_t first = 0; first < p->m; first += BLOCK) {
        size_t end = p->m - first < BLOCK ? p->m : first + BLOCK;
        for (size_t column = 0; column < p->n; column += PANEL)
            for (size_t at = first; at < end; at += ROWS)
                product_tile(p, at, column);
    }
}

/* ---- functions of one number ---- */

/* e^x for x at most 88; less than the smallest normal number is 0. Relative error 2e-7. */
static vector power_of_e(vector x)
{
    integers tiny = x<splat(-87), positive = x> splat(0);
    vector half =
        (vector)((integers)splat(0.5F) & positive) - (vector)((integers)splat(0.5F) & ~positive);
    integers n =
        __builtin_convertvector((vector)((integers)x & ~tiny) * 1.44269504F + half, integers);
    vector k = __builtin_convertvector(n, vector);
    vector r = (x - k * 0.693359375F) + k * 2.12194440e-4F;
    vector p = splat(1.9875691500e-4F);

    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    p = p * r * r + r + 1.0F;
    return (vector)((integers)(p * (vector)((n + 127) << 23)) & ~tiny);
}

static void kernel_softmax(float *x, size_t n, float scale)
{
    vector most = splat(-INFINITY), sum = splat(0);
    float top = -INFINITY;

    for (size_t i = 0; i < n; i += LANES) {
        vector v = load_some(x + i, n - i, -INFINITY);
        integers more = v > most;
        most = (vector)(((integers)v & more) | ((integers)most & ~more));
    }
    for (size_t i = 0; i < LANES; i++)
        top = most[i] > top ? most[i] : top;
    for (size_t i = 0; i < n; i += LANES) {
        vector v = power_of_e((load_some(x + i, n - i, -INFINITY) - top) * scale);
        sum += v;
        store_some(x + i, n - i, v);
    }
    vector share = splat(1 / sum_of(sum));
    for (size_t i = 0; i < n; i += LANES)
        store_some(x + i, n - i, load_some(x + i, n - i, 0) * share);
}

/* x/2 (1 + erf(x / sqrt 2)); erf by formula 7.1.26 of Abramowitz and Stegun, error 1.5e-7. */
static vector gelu_of(vector x)
{
    integers sign = (integers)x & (integers)splat(-0.0F);
    vector z = (vector)((integers)x & ~(integers)splat(-0.0F)) * 0.70710678F;
    vector t = 1.0F / (z * 0.3275911F + 1.0F);
    vector p = splat(1.061405429F);

    p = p * t - 1.453152027F;
    p = p * t + 1.421413741F;
    p = p * t - 0.284496736F;
    p = p * t + 0.254829592F;
    vector erf = 1.0F - p * t * power_of_e(-(z * z));
    return x * 0.5F * (1.0F + (vector)((integers)erf | sign));
}

static void kernel_gelu(float *x, size_t n)
{
    for (size_t i = 0; i < n; i += LANES)
        store_some(x + i, n - i, gelu_of(load_some(x + i, n - i, 0)));
}

static void kernel_norm(float *x, const float *y, const float *gain, const float *shift, size_t n,
                        float epsilon)
{
    vector sum = splat(0), squares = splat(0);

    for (size_t i = 0; i < n; i += LANES) {
        vector v = load_some(x + i, n - i, 0);
        if (y)
            v += load_some(y + i, n - i, 0);
        store_some(x + i, n - i, v);
        sum += v;
    }
    float mean = sum_of(sum) / (float)n;
    for (size_t i = 0; i < n; i += LANES) {
        vector d = load_some(x + i, n - i, mean) - mean;
        squares += d * d;
    }
    float factor = 1 / sqrtf(sum_of(squares) / (float)n + epsilon);
    for (size_t i = 0; i < n; i += LANES)
        store_some(x + i, n - i,
                   (load_some(x + i, n - i, 0) - mean) * factor * load_some(gain + i, n - i, 0) +
                       load_some(shift + i, n - i, 0));
}
