/* For arm64, each of which has NEON and converts halves. */
#include "retrieve/kernel.h"

#if defined(__aarch64__)
#include <arm_neon.h>

static float neon_dot(const uint16_t *row, const float *query, size_t dims)
{
    float32x4_t s0 = vdupq_n_f32(0), s1 = s0;
    size_t i = 0;
    float sum;

    for (; i + 8 <= dims; i += 8) {
        float16x8_t h = vreinterpretq_f16_u16(vld1q_u16(row + i));
        s0 = vfmaq_f32(s0, vcvt_f32_f16(vget_low_f16(h)), vld1q_f32(query + i));
        s1 = vfmaq_f32(s1, vcvt_high_f32_f16(h), vld1q_f32(query + i + 4));
    }
    sum = vaddvq_f32(vaddq_f32(s0, s1));
    for (; i < dims; i++)
        sum += half_to_float(row[i]) * query[i];
    return sum;
}

static void neon_scan(const uint16_t *rows, size_t n, size_t dims, const float *query,
                      float *ret_scores)
{
    for (size_t r = 0; r < n; r++)
        ret_scores[r] = neon_dot(rows + r * dims, query, dims);
}

static uint32_t neon_crc32c(const void *p, size_t n)
{
    return kernel_scalar.crc32c(p, n);
}

static void neon_scan_bytes(const struct kernel_bytes *rows, size_t first, size_t n,
                            const struct kernel_byte_query *query, float *ret_scores)
{
    for (size_t r = 0; r < n; r++) {
        const int8_t *row = rows->bytes + (first + r) * rows->stride;
        int32x4_t s0 = vdupq_n_s32(0), s1 = s0;

        for (size_t i = 0; i < rows->stride; i += 16) {
            int8x16_t a = vld1q_s8(row + i), b = vld1q_s8(query->bytes + i);
            s0 = vpadalq_s16(s0, vmull_s8(vget_low_s8(a), vget_low_s8(b)));
            s1 = vpadalq_s16(s1, vmull_high_s8(a, b));
        }
        ret_scores[r] =
            (float)vaddvq_s32(vaddq_s32(s0, s1)) * rows->scales[first + r] * query->scale;
    }
}

const struct kernel kernel_neon = {
    .name = "neon",
    .scan = neon_scan,
    .crc32c = neon_crc32c,
    .scan_bytes = neon_scan_bytes,
};
#endif
