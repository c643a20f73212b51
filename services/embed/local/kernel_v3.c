/* The loops for x86-64 with AVX2; nothing here may run before the processor was looked at. */
#if defined(__x86_64__)
#define WIDTH 32
#define VECTORS 2
#include "embed/local/kernel_body.h"

const struct local_kernel local_kernel_v3 = {
    .name = "x86-64-v3",
    .panel = PANEL,
    .product = kernel_product,
    .softmax = kernel_softmax,
    .gelu = kernel_gelu,
    .norm = kernel_norm,
};
#endif
