/* scan: the ways to scan vectors, beside reading the same bytes */
#include "bench.h"
#include "retrieve/kernel.h"
#include "retrieve/scan.h"
#include "table.h"
#include "world.h"

#include <stdlib.h>
#include <time.h>

enum { TIMES = 25, BEST = 50, LANES = 8 };

typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4)));

struct data {
    size_t n, dims;
    uint16_t *rows;
    float *singles; /* the same rows */
    struct bytes *bytes;
    float *query;
    volatile uint64_t sink;
};

static void do_halves(struct data *d)
{
    struct hit hits[BEST];
    struct topk top = {.at = hits, .k = BEST};

    scan_top(d->rows, d->n, d->dims, d->query, NULL, &top);
    d->sink += topk_finish(&top);
}

static void do_bytes(struct data *d)
{
    struct hit hits[BEST];
    struct topk top = {.at = hits, .k = BEST};

    scan_bytes_top(d->bytes, d->rows, d->dims, d->query, NULL, &top);
    d->sink += topk_finish(&top);
}

/* Single precision, as a yardstick: one stream of memory and four sums, as the kernels do it. */
#if defined(__x86_64__)
__attribute__((target("avx2,fma")))
#endif
static float
single_dot(const float *row, const float *query, size_t dims)
{
    lanes sums[4] = {{0}};
    float sum = 0;

    for (size_t i = 0; i + 4 * LANES <= dims; i += 4 * LANES) {
        __builtin_prefetch((const char *)(row + i) + 4096);
        for (size_t k = 0; k < 4; k++)
            sums[k] += *(const lanes *)(const void *)(row + i + k * LANES) *
                       *(const lanes *)(const void *)(query + i + k * LANES);
    }
    sums[0] += sums[1] + sums[2] + sums[3];
    for (int i = 0; i < LANES; i++)
        sum += sums[0][i];
    return sum;
}

static void do_singles(struct data *d)
{
    struct hit hits[BEST];
    struct topk top = {.at = hits, .k = BEST};

    for (size_t r = 0; r < d->n; r++)
        topk_offer(&top, (uint32_t)r, single_dot(d->singles + r * d->dims, d->query, d->dims));
    d->sink += topk_finish(&top);
}

/* eight sums, so that the additions do not wait for one another */
static void do_read(struct data *d)
{
    const uint64_t *p = (const uint64_t *)(const void *)d->rows;
    uint64_t sums[8] = {0};

    for (size_t i = 0; i + 8 <= d->n * d->dims / 4; i += 8)
        for (int k = 0; k < 8; k++)
            sums[k] += p[i + (size_t)k];
    for (int k = 0; k < 8; k++)
        d->sink += sums[k];
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of this thread, so that neighbours on the machine count less. */
static double processor_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double median_ms(void (*fn)(struct data *), struct data *d)
{
    double ms[TIMES];

    for (int i = 0; i < TIMES; i++) {
        double began = processor_ms();
        fn(d);
        ms[i] = processor_ms() - began;
    }
    qsort(ms, TIMES, sizeof(ms[0]), by_value);
    return ms[TIMES / 2];
}

static void scan_run(size_t n, size_t dims)
{
    struct data d = {.n = n,
                     .dims = dims,
                     .rows = aligned_alloc(64, n * dims * sizeof(uint16_t)),
                     .singles = aligned_alloc(64, n * dims * sizeof(float)),
                     .query = calloc(dims, sizeof(float))};

    if (!d.rows || !d.singles || !d.query)
        abort();
    for (size_t i = 0; i < n * dims; i++) {
        d.rows[i] =
            (uint16_t)((i * 2654435761u >> 7 & 0x8000) | (0x2000 + i * 2654435761u % 0xc00));
        d.singles[i] = half_to_float(d.rows[i]);
    }
    for (size_t i = 0; i < dims; i++)
        d.query[i] = d.singles[i * 31 % (n * dims)];
    d.bytes = bytes_new(d.rows, n, dims);
    double halves = median_ms(do_halves, &d), plain = median_ms(do_read, &d);
    double bytes = median_ms(do_bytes, &d), singles = median_ms(do_singles, &d);
    table_line(
        "scan",
        "%6zu x %4zu, %6.1f MB: halves %.3f ms, reading them %.3f (ratio %.2f); bytes with exact "
        "scores %.3f; singles %.3f (%.1f times the bytes)",
        n, dims, (double)(n * dims * sizeof(uint16_t)) / 1e6, halves, plain, halves / plain, bytes,
        singles, singles / bytes);
    bytes_free(d.bytes);
    free(d.rows);
    free(d.singles);
    free(d.query);
}

void bench_scan(struct bench *b)
{
    (void)b;
    table_title("scan: the 50 best of vectors, milliseconds of one processor, medians of 25");
    table_line("kernel", "%s", kernel_best()->name);
    scan_run(1000, 384);
    scan_run(10000, 384);
    scan_run(100000, 384);
    scan_run(WORLD_SECTIONS, WORLD_DIMENSIONS);
    scan_run(10000, WORLD_DIMENSIONS);
}
