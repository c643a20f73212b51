/* Repeated writes of a page to a file that exists already, each followed by fdatasync(). */
#include "disk.h"

#include "base/clock.h"
#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TIMES = 200, PAGE = 8192 };

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* As PostgreSQL does it: over bytes that are there already. */
double disk_fdatasync_ms(const char *folder)
{
    static const char page[PAGE];
    static double ms[TIMES];
    char path[512];
    int fd;

    snprintf(path, sizeof(path), "%s/fdatasync.bench", folder);
    fd = open(path, O_CREAT | O_RDWR | O_TRUNC | O_CLOEXEC, 0600);
    for (int i = -TIMES; i < TIMES; i++) {
        int64_t began = cs_mono_us();
        off_t at = (off_t)(i < 0 ? i + TIMES : i) * PAGE;
        if (fd < 0 || pwrite(fd, page, PAGE, at) != PAGE || (i >= 0 && fdatasync(fd) != 0))
            bench_die("cannot write to %s", path);
        if (i >= 0)
            ms[i] = (double)(cs_mono_us() - began) / 1000;
    }
    close(fd);
    unlink(path);
    qsort(ms, TIMES, sizeof(ms[0]), by_value);
    return ms[TIMES / 2];
}
