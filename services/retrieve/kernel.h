#pragma once
/*
 * kernel: the few loops worth an instruction set of their own.
 *
 * The same functions are compiled for a plain processor (kernel.c), for x86-64 with AVX2, FMA and F16C
 * (kernel_v3.c) and with AVX-512 and VNNI too (kernel_v4.c), and for arm64 with NEON (kernel_neon.c); kernel_best()
 * picks once, at run time, so that one binary runs everywhere. All are pure: any thread.
 */
#include <stddef.h>
#include <stdint.h>

enum {
    KERNEL_BYTES = 64
}; /* a row of bytes is a multiple of it, filled up with zeros, and so aligned */

/* Vectors as bytes, each with a scale of its own: component = byte * scale. */
struct kernel_bytes {
    const int8_t *bytes; /* n x stride */
    const float *scales;
    const int32_t *sums; /* of the bytes of each row */
    size_t stride;
};

struct kernel_byte_query {
    const int8_t *bytes;    /* stride of them */
    const uint8_t *shifted; /* the same, each 128 more */
    float scale;
};

struct kernel {
    const char *name;
    /* dot product of every row (n x dims halves, one after another) with the query */
    void (*scan)(const uint16_t *rows, size_t n, size_t dims, const float *query,
                 float *ret_scores);
    uint32_t (*crc32c)(const void *p, size_t n);
    /* The same of rows of bytes. */
    void (*scan_bytes)(const struct kernel_bytes *rows, size_t first, size_t n,
                       const struct kernel_byte_query *query, float *ret_scores);
};

extern const struct kernel kernel_scalar;
#if defined(__x86_64__)
extern const struct kernel kernel_v3, kernel_v4;
#elif defined(__aarch64__)
extern const struct kernel kernel_neon;
#endif
/* Those that run on this processor, the best first, and NULL at the end. */
const struct kernel *const *kernel_all(void);
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
