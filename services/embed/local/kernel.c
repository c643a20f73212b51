/* The loops for every processor, the choice among all of them, and packing. */
#define WIDTH 16
#define VECTORS 2
#include "embed/local/kernel_body.h"

const struct local_kernel local_kernel_plain = {
    .name = "baseline",
    .panel = PANEL,
    .product = kernel_product,
    .softmax = kernel_softmax,
    .gelu = kernel_gelu,
    .norm = kernel_norm,
};

const struct local_kernel *local_kernel_at(size_t i)
{
    const struct local_kernel *all[4] = {&local_kernel_plain};
    size_t n = 1;

#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        all[n++] = &local_kernel_v3;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
        all[n++] = &local_kernel_v4;
#endif
    return i < n ? all[i] : NULL;
}

const struct local_kernel *local_kernel_best(void)
{
    size_t i = 0;

    while (local_kernel_at(i + 1))
        i++;
    return local_kernel_at(i);
}

size_t local_packed(const struct local_kernel *kernel, size_t n, size_t k)
{
    return (n + kernel->panel - 1) / kernel->panel * kernel->panel * k;
}

void local_pack(const struct local_kernel *kernel, size_t n, size_t k, const float *w,
                size_t column_step, size_t row_step, float *packed)
{
    size_t panel = kernel->panel;

    for (size_t first = 0; first < n; first += panel)
        for (size_t row = 0; row < k; row++)
            for (size_t i = 0; i < panel; i++)
                *packed++ = first + i < n ? w[(first + i) * column_step + row * row_step] : 0.0F;
}
