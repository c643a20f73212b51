/* compiled for x86-64-v3; nothing here may run before kernel_best() has looked at the processor */
#include "retrieve/kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

enum { LANES = 8, AHEAD = 4096 }; /* AHEAD: bytes, as far as a page */

static __m256 v3_halves(const uint16_t *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}

/* fewer than eight halves, the rest zero */
static __m256 v3_halves_tail(const uint16_t *p, size_t n)
{
    uint16_t padded[LANES] = {0};

    memcpy(padded, p, n * sizeof(*p));
    return v3_halves(padded);
}

static float v3_sum(__m256 v)
{
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));

    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

/*
 * One row after another, so that memory is read in one stream, which its prefetchers follow: several short ones are
 * half as fast from some megabytes on. Four sums, because one would wait for itself.
 */
static float v3_dot(const uint16_t *row, const float *query, size_t dims, __m256 query_tail)
{
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;

    for (; i + 4 * LANES <= dims; i += 4 * LANES) {
        _mm_prefetch((const char *)(const void *)(row + i) + AHEAD, _MM_HINT_T0);
        s0 = _mm256_fmadd_ps(v3_halves(row + i), _mm256_loadu_ps(query + i), s0);
        s1 = _mm256_fmadd_ps(v3_halves(row + i + LANES), _mm256_loadu_ps(query + i + LANES), s1);
        s2 = _mm256_fmadd_ps(v3_halves(row + i + 2 * LANES), _mm256_loadu_ps(query + i + 2 * LANES),
                             s2);
        s3 = _mm256_fmadd_ps(v3_halves(row + i + 3 * LANES), _mm256_loadu_ps(query + i + 3 * LANES),
                             s3);
    }
    for (; i + LANES <= dims; i += LANES)
        s0 = _mm256_fmadd_ps(v3_halves(row + i), _mm256_loadu_ps(query + i), s0);
    if (i < dims)
        s1 = _mm256_fmadd_ps(v3_halves_tail(row + i, dims - i), query_tail, s1);
    return v3_sum(_mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3)));
}

static void v3_scan(const uint16_t *rows, size_t n, size_t dims, const float *query,
                    float *ret_scores)
{
    float padded[LANES] = {0};
    size_t tail = dims % LANES;

    memcpy(padded, query + dims - tail, tail * sizeof(*query));
    __m256 query_tail = _mm256_loadu_ps(padded);
    for (size_t r = 0; r < n; r++)
        ret_scores[r] = v3_dot(rows + r * dims, query, dims, query_tail);
}

static __m256i v3_words(const int8_t *p)
{
    return _mm256_cvtepi8_epi16(_mm_load_si128((const __m128i *)(const void *)p));
}

static float v3_sum_ints(__m256i v)
{
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));

    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1));
    return (float)_mm_cvtsi128_si32(s);
}

/* Sums are exact: 4096 products of 127 x 127 fit 32 bits. */
static void v3_scan_bytes(const struct kernel_bytes *rows, size_t first, size_t n,
                          const struct kernel_byte_query *query, float *ret_scores)
{
    for (size_t r = 0; r < n; r++) {
        const int8_t *row = rows->bytes + (first + r) * rows->stride;
        __m256i s0 = _mm256_setzero_si256(), s1 = s0, s2 = s0, s3 = s0;

        for (size_t i = 0; i < rows->stride; i += 64) {
            const int8_t *q = query->bytes + i;
            _mm_prefetch((const char *)row + i + AHEAD, _MM_HINT_T0);
            s0 = _mm256_add_epi32(s0, _mm256_madd_epi16(v3_words(row + i), v3_words(q)));
            s1 = _mm256_add_epi32(s1, _mm256_madd_epi16(v3_words(row + i + 16), v3_words(q + 16)));
            s2 = _mm256_add_epi32(s2, _mm256_madd_epi16(v3_words(row + i + 32), v3_words(q + 32)));
            s3 = _mm256_add_epi32(s3, _mm256_madd_epi16(v3_words(row + i + 48), v3_words(q + 48)));
        }
        s0 = _mm256_add_epi32(_mm256_add_epi32(s0, s1), _mm256_add_epi32(s2, s3));
        ret_scores[r] = v3_sum_ints(s0) * rows->scales[first + r] * query->scale;
    }
}

static uint32_t v3_crc32c(const void *p, size_t n)
{
    const unsigned char *bytes = p;
    uint64_t crc = 0xffffffff;

    for (; n >= 8; n -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, sizeof(word));
        crc = _mm_crc32_u64(crc, word);
    }
    for (; n > 0; n--, bytes++)
        crc = _mm_crc32_u8((uint32_t)crc, *bytes);
    return ~(uint32_t)crc;
}

const struct kernel kernel_v3 = {
    .name = "x86-64-v3",
    .scan = v3_scan,
    .crc32c = v3_crc32c,
    .scan_bytes = v3_scan_bytes,
};
#endif
