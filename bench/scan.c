/* scan: the vector kernel against reading the same bytes */
#include "base/clock.h"
#include "bench.h"
#include "retrieve/kernel.h"
#include "table.h"
#include "world.h"

#include <stdlib.h>

enum { TIMES = 25 };

struct data {
    uint16_t *rows;
    size_t n;
    float *query, *scores;
    volatile uint64_t sink;
};

static void do_scan(struct data *d)
{
    kernel_best()->scan(d->rows, d->n, WORLD_DIMENSIONS, d->query, d->scores);
}

/* eight sums, so that the additions do not wait for one another */
static void do_read(struct data *d)
{
    const uint64_t *p = (const uint64_t *)(const void *)d->rows;
    uint64_t sums[8] = {0};

    for (size_t i = 0; i + 8 <= d->n * WORLD_DIMENSIONS / 4; i += 8)
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

static double median_ms(void (*fn)(struct data *), struct data *d)
{
    double ms[TIMES];

    for (int i = 0; i < TIMES; i++) {
        int64_t began = cs_mono_us();
        fn(d);
        ms[i] = (double)(cs_mono_us() - began) / 1000;
    }
    qsort(ms, TIMES, sizeof(ms[0]), by_value);
    return ms[TIMES / 2];
}

static void scan_run(size_t n)
{
    struct data d = {.n = n,
                     .rows = aligned_alloc(64, n * WORLD_DIMENSIONS * sizeof(uint16_t)),
                     .query = calloc(WORLD_DIMENSIONS, sizeof(float)),
                     .scores = calloc(n, sizeof(float))};
    double mb = (double)(n * WORLD_DIMENSIONS * sizeof(uint16_t)) / 1e6, scan, plain;

    if (!d.rows || !d.query || !d.scores)
        abort();
    for (size_t i = 0; i < n * WORLD_DIMENSIONS; i++)
        d.rows[i] = (uint16_t)(0x2000 + i * 2654435761u % 0x400);
    scan = median_ms(do_scan, &d);
    plain = median_ms(do_read, &d);
    table_line("scan",
               "%6zu vectors, %6.1f MB: %.3f ms, %.1f GB/s; reading them %.3f ms; ratio %.2f", n,
               mb, scan, mb / scan, plain, plain / scan);
    free(d.rows);
    free(d.query);
    free(d.scores);
}

void bench_scan(struct bench *b)
{
    (void)b;
    table_title("scan: vectors of 1536 halves against a memory read of the same bytes");
    table_line("kernel", "%s", kernel_best()->name);
    scan_run(WORLD_SECTIONS);
    scan_run(20000);
}
