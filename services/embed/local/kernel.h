#pragma once
/*
 * kernel: the loops of an encoder that are worth an instruction set of their own.
 *
 * One text (kernel_body.h) is compiled for registers of 16, 32 and 64 bytes; local_kernel_best() chooses
 * once, at run time. A row of a product depends on that row alone, summed in one order, so a text has
 * the same vector alone and in a batch, bit for bit. Between kernels results differ by rounding. Pure;
 * any thread.
 */
#include <stddef.h>

/* c[m x n] = a[m x k] * weights + bias */
struct local_product {
    size_t m, n, k;
    const float *a;
    size_t a_step; /* floats from one row to the next */
    const float *packed;
    const float *bias; /* NULL: zero */
    float *c;
    size_t c_step;
};

struct local_kernel {
    const char *name;
    size_t panel; /* columns that are packed side by side */
    void (*product)(const struct local_product *p);
    /* In place: scaled, then the share of each of n numbers in the sum of their powers of e. */
    void (*softmax)(float *x, size_t n, float scale);
    void (*gelu)(float *x, size_t n);
    /* x = norm(x + y) * gain + shift; y may be NULL */
    void (*norm)(float *x, const float *y, const float *gain, const float *shift, size_t n,
                 float epsilon);
};

extern const struct local_kernel local_kernel_plain;
#if defined(__x86_64__)
extern const struct local_kernel local_kernel_v3, local_kernel_v4;
#endif
const struct local_kernel *local_kernel_best(void);
/* The i-th kernel that runs on this processor, the best one last; NULL behind it. */
const struct local_kernel *local_kernel_at(size_t i);

/* Floats that the weights of a product take when packed. */
size_t local_packed(const struct local_kernel *kernel, size_t n, size_t k);
/* Weight (column, row k) is w[column * column_step + k * row_step]. */
void local_pack(const struct local_kernel *kernel, size_t n, size_t k, const float *w,
                size_t column_step, size_t row_step, float *packed);
