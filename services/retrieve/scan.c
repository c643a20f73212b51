/* The kernel for this processor is chosen at the start, then rows are scored block by block. */
#include "retrieve/scan.h"

#include "retrieve/kernel.h"

#include <stdatomic.h>
#include <stdbool.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

enum { BLOCK = 1024, MORE = 4, FEWEST = 100, MOST = 400, MAX_DIMS = 4096 };

/* Asking the processor is dear in a virtual machine; all threads come to the same answer. */
const struct kernel *const *kernel_all(void)
{
    static const struct kernel *all[4];
    static atomic_bool known;
    size_t n = 0;

    if (atomic_load_explicit(&known, memory_order_acquire))
        return all;
#if defined(__x86_64__)
    unsigned a, b, c = 0, d;
    bool f16c = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C); /* clang 14: no name for it */
    bool v3 = f16c && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
              __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("sse4.2");
    bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
              __builtin_cpu_supports("avx512vnni");
    if (v4)
        all[n++] = &kernel_v4;
    if (v3)
        all[n++] = &kernel_v3;
#elif defined(__aarch64__)
    all[n++] = &kernel_neon;
#endif
    all[n] = &kernel_scalar;
    atomic_store_explicit(&known, true, memory_order_release);
    return all;
}

const struct kernel *kernel_best(void)
{
    return kernel_all()[0];
}

void scan_top(const uint16_t *rows, size_t n, size_t dims, const float *query,
              const uint32_t *names, struct topk *top)
{
    const struct kernel *kernel = kernel_best();
    float scores[BLOCK];

    for (size_t first = 0; first < n; first += BLOCK) {
        size_t count = n - first < BLOCK ? n - first : BLOCK;

        kernel->scan(rows + first * dims, count, dims, query, scores);
        for (size_t i = 0; i < count; i++)
            topk_offer(top, names ? names[first + i] : (uint32_t)(first + i), scores[i]);
    }
}

void scan_bytes_top(const struct bytes *bytes, const uint16_t *rows, size_t dims,
                    const float *query, const uint32_t *names, struct topk *top)
{
    const struct kernel *kernel = kernel_best();
    _Alignas(KERNEL_BYTES) int8_t signed_query[MAX_DIMS];
    _Alignas(KERNEL_BYTES) uint8_t shifted[MAX_DIMS];
    struct kernel_byte_query byte_query;
    struct hit hits[MOST];
    size_t k = top->k * MORE < FEWEST ? FEWEST : top->k * MORE < MOST ? top->k * MORE : MOST, n;
    struct topk candidates = {
        .at = hits, .k = k, .same = top->same, .names = names, .allowed = top->allowed};
    float scores[BLOCK];

    bytes_query(query, dims, bytes->rows.stride, signed_query, shifted, &byte_query);
    for (size_t first = 0; first < bytes->n; first += BLOCK) {
        size_t count = bytes->n - first < BLOCK ? bytes->n - first : BLOCK;

        kernel->scan_bytes(&bytes->rows, first, count, &byte_query, scores);
        for (size_t i = 0; i < count; i++)
            topk_offer(&candidates, (uint32_t)(first + i), scores[i]);
    }
    n = topk_finish(&candidates);
    for (size_t i = 0; i < n; i++) {
        float score;
        kernel->scan(rows + (size_t)hits[i].row * dims, 1, dims, query, &score);
        topk_offer(top, names ? names[hits[i].row] : hits[i].row, score);
    }
}
