/* compiled with free association of sums, so that loops may be vectorised (see cs_vector_kernels) */
#include "retrieve/kernel.h"

static float scalar_dot(const uint16_t *row, const float *query, size_t dims)
{
    float sum = 0;

#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < dims; i++)
        sum += half_to_float(row[i]) * query[i];
    return sum;
}

static void scalar_scan(const uint16_t *rows, size_t n, size_t dims, const float *query,
                        float *ret_scores)
{
    size_t r = 0;

    /* four rows a pass: one row alone waits for its own sums */
    for (; r + 4 <= n; r += 4) {
        const uint16_t *a = rows + r * dims, *b = a + dims, *c = b + dims, *d = c + dims;
        float s0 = 0, s1 = 0, s2 = 0, s3 = 0;

#pragma omp simd reduction(+ : s0, s1, s2, s3)
        for (size_t i = 0; i < dims; i++) {
            float q = query[i];
            s0 += half_to_float(a[i]) * q;
            s1 += half_to_float(b[i]) * q;
            s2 += half_to_float(c[i]) * q;
            s3 += half_to_float(d[i]) * q;
        }
        ret_scores[r] = s0;
        ret_scores[r + 1] = s1;
        ret_scores[r + 2] = s2;
        ret_scores[r + 3] = s3;
    }
    for (; r < n; r++)
        ret_scores[r] = scalar_dot(rows + r * dims, query, dims);
}

static void scalar_scan_bytes(const struct kernel_bytes *rows, size_t first, size_t n,
                              const struct kernel_byte_query *query, float *ret_scores)
{
    for (size_t r = 0; r < n; r++) {
        const int8_t *row = rows->bytes + (first + r) * rows->stride;
        int32_t sum = 0;

#pragma omp simd reduction(+ : sum)
        for (size_t i = 0; i < rows->stride; i++)
            sum += (int16_t)row[i] * (int16_t)query->bytes[i];
        ret_scores[r] = (float)sum * rows->scales[first + r] * query->scale;
    }
}

/* Castagnoli, a nibble at a time: small enough to stand here */
static uint32_t scalar_crc32c(const void *p, size_t n)
{
    static const uint32_t table[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };
    const unsigned char *bytes = p;
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}

const struct kernel kernel_scalar = {
    .name = "scalar",
    .scan = scalar_scan,
    .crc32c = scalar_crc32c,
    .scan_bytes = scalar_scan_bytes,
};
