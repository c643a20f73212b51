/*
 * Compiled for x86-64-v4; nothing here may run before kernel_best() has looked at the processor. Halves are scanned as
 * for v3, where memory is the limit already; bytes by the instructions made for them (VNNI).
 */
#include "retrieve/kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define V4_VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))

static void v4_scan(const uint16_t *rows, size_t n, size_t dims, const float *query,
                    float *ret_scores)
{
    kernel_v3.scan(rows, n, dims, query, ret_scores);
}

static uint32_t v4_crc32c(const void *p, size_t n)
{
    return kernel_v3.crc32c(p, n);
}

/* The instruction multiplies unsigned by signed bytes, so the query is 128 more, which the sum of the row takes back. */
V4_VNNI static void v4_scan_bytes(const struct kernel_bytes *rows, size_t first, size_t n,
                                  const struct kernel_byte_query *query, float *ret_scores)
{
    for (size_t r = 0; r < n; r++) {
        const int8_t *row = rows->bytes + (first + r) * rows->stride;
        __m512i sum = _mm512_setzero_si512();

        for (size_t i = 0; i < rows->stride; i += KERNEL_BYTES)
            sum = _mm512_dpbusd_epi32(sum, _mm512_loadu_si512(query->shifted + i),
                                      _mm512_load_si512(row + i));
        ret_scores[r] = (float)(_mm512_reduce_add_epi32(sum) - 128 * rows->sums[first + r]) *
                        rows->scales[first + r] * query->scale;
    }
}

const struct kernel kernel_v4 = {
    .name = "x86-64-v4",
    .scan = v4_scan,
    .crc32c = v4_crc32c,
    .scan_bytes = v4_scan_bytes,
};
#endif
