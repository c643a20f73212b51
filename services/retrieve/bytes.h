#pragma once
/*
 * bytes: the vectors of a large matrix a second time, as bytes, so that a scan reads half as much.
 *
 * Each vector has a scale of its own. Scores by bytes choose candidates, four times as many as are wanted, whose exact
 * scores decide (scan.h). Constant once made; any thread.
 */
#include "retrieve/kernel.h"

enum { BYTES_FROM = 10000 }; /* vectors; fewer are scanned as fast as they are */

struct bytes {
    struct kernel_bytes rows;
    size_t n;
};

size_t bytes_size(size_t n, size_t dims); /* memory that it takes */
struct bytes *bytes_new(const uint16_t *halves, size_t n, size_t dims);
void bytes_free(struct bytes *b); /* NULL is fine */

/* The query as the kernels want it; memory of the caller, stride bytes each, aligned to KERNEL_BYTES. */
void bytes_query(const float *query, size_t dims, size_t stride, int8_t *ret_bytes,
                 uint8_t *ret_shifted, struct kernel_byte_query *ret);
