/* Halves and floats as bytes of a common scale. */
#include "retrieve/bytes.h"

#include "base/grow.h"

#include <math.h>
#include <string.h>

enum { LARGEST = 127 };

static size_t bytes_stride(size_t dims)
{
    return (dims + KERNEL_BYTES - 1) / KERNEL_BYTES * KERNEL_BYTES;
}

size_t bytes_size(size_t n, size_t dims)
{
    return sizeof(struct bytes) + n * (bytes_stride(dims) + sizeof(float) + sizeof(int32_t));
}

/* Returns the scale. */
static float bytes_of(const float *v, size_t dims, int8_t *ret)
{
    float most = 0;

    for (size_t i = 0; i < dims; i++)
        most = fmaxf(most, fabsf(v[i]));
    float by = most > 0 ? LARGEST / most : 0;
    for (size_t i = 0; i < dims; i++)
        ret[i] = (int8_t)lrintf(v[i] * by);
    return most / LARGEST;
}

static void *bytes_aligned(size_t n)
{
    size_t size = (n + KERNEL_BYTES - 1) / KERNEL_BYTES * KERNEL_BYTES;
    void *p = aligned_alloc(KERNEL_BYTES, size ? size : KERNEL_BYTES);

    if (!p)
        abort();
    return memset(p, 0, size);
}

struct bytes *bytes_new(const uint16_t *halves, size_t n, size_t dims)
{
    struct bytes *b = zeroed(1, sizeof(*b));
    size_t stride = bytes_stride(dims);
    int8_t *all = bytes_aligned(n * stride);
    float *scales = zeroed(n, sizeof(*scales)), *v = zeroed(dims, sizeof(*v));
    int32_t *sums = zeroed(n, sizeof(*sums));

    for (size_t r = 0; r < n; r++) {
        for (size_t i = 0; i < dims; i++)
            v[i] = half_to_float(halves[r * dims + i]);
        scales[r] = bytes_of(v, dims, all + r * stride);
        for (size_t i = 0; i < dims; i++)
            sums[r] += all[r * stride + i];
    }
    free(v);
    b->n = n;
    b->rows = (struct kernel_bytes){.bytes = all, .scales = scales, .sums = sums, .stride = stride};
    return b;
}

void bytes_free(struct bytes *b)
{
    if (!b)
        return;
    free((void *)(uintptr_t)b->rows.bytes);
    free((void *)(uintptr_t)b->rows.scales);
    free((void *)(uintptr_t)b->rows.sums);
    free(b);
}

void bytes_query(const float *query, size_t dims, size_t stride, int8_t *ret_bytes,
                 uint8_t *ret_shifted, struct kernel_byte_query *ret)
{
    memset(ret_bytes, 0, stride);
    ret->scale = bytes_of(query, dims, ret_bytes);
    for (size_t i = 0; i < stride; i++)
        ret_shifted[i] = (uint8_t)(ret_bytes[i] + LARGEST + 1);
    ret->bytes = ret_bytes;
    ret->shifted = ret_shifted;
}
