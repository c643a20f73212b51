#pragma once
/*
 * kernel: the few loops worth an instruction set of their own.
 *
 * The same functions are compiled for a plain processor (kernel.c) and for x86-64 with AVX2, FMA and
 * F16C (kernel_v3.c); kernel_best() picks once, at run time, so that one binary runs everywhere.
 * All are pure: any thread.
 */
#include <stddef.h>
#include <stdint.h>

struct kernel {
    const char *name;
    /* dot product of every row (n x dims halves, one after another) with the query */
    void (*scan)(const uint16_t *rows, size_t n, size_t dims, const float *query,
                 float *ret_scores);
    uint32_t (*crc32c)(const void *p, size_t n);
};

extern const struct kernel kernel_scalar;
#if defined(__x86_64__)
extern const struct kernel kernel_v3;
#endif
const struct kernel *kernel_best(void);

/* Half to single precision; exact. Infinities and NaN never get here: half_finite() keeps them out. */
static inline float half_to_float(uint16_t h)
{
    union {
        uint32_t u;
        float f;
    } x = {.u = (uint32_t)(h & 0x7fff) << 13};

    x.f *= 0x1p112f; /* the difference of the exponents' biases; right for subnormals too */
    x.u |= (uint32_t)(h & 0x8000) << 16;
    return x.f;
}

static inline int half_finite(uint16_t h)
{
    return (h & 0x7c00) != 0x7c00;
}
