/* The kernel for this processor is chosen at the start, then rows are scored block by block. */
#include "retrieve/scan.h"

#include "retrieve/kernel.h"

#include <stdbool.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

enum { BLOCK = 1024 };

const struct kernel *kernel_best(void)
{
    static const struct kernel *best;
    const struct kernel *k = __atomic_load_n(&best, __ATOMIC_RELAXED);

    /* asking the processor is dear in a virtual machine; all threads come to the same answer */
    if (!k) {
        k = &kernel_scalar;
#if defined(__x86_64__)
        unsigned a, b, c = 0, d;
        bool f16c = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C); /* clang 14: no name for it */
        if (f16c && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
            __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("sse4.2"))
            k = &kernel_v3;
#endif
        __atomic_store_n(&best, k, __ATOMIC_RELAXED);
    }
    return k;
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
