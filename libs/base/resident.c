/* Clean pages of mapped files, found in /proc/self/smaps and released, and the heap trimmed. */
#include "base/resident.h"

#include "base/clock.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* Quiet: less than 1 in QUIET_SHARE of a processor. After WORK_US of work it is worth a release. */
enum { QUIET_SHARE = 100, QUIET_US = 15 * 1000 * 1000, WORK_US = 30 * 1000 };

bool cs_resident_sealed_file(const char *line, void **ret_start, size_t *ret_len)
{
    uintptr_t start = 0, end = 0;
    unsigned long inode = 0;
    char perms[5] = "";

    /* NOLINTNEXTLINE(cert-err34-c): the kernel writes these numbers */
    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*x %*s %lu", &start, &end, perms, &inode) != 4)
        return false;
    *ret_start = (void *)start; /* NOLINT(performance-no-int-to-ptr): that is how it is told */
    *ret_len = end - start;
    return inode != 0 && end > start && perms[0] == 'r' && perms[1] == '-';
}

void cs_resident_release(void)
{
    FILE *smaps = fopen("/proc/self/smaps", "re");
    char *line = NULL;
    size_t cap = 0, len = 0;
    bool sealed = false;
    void *start = NULL;
    long written;

    malloc_trim(0);
    if (!smaps)
        return; /* it only costs memory */
    while (getline(&line, &cap, smaps) > 0) {
        /* a field's name begins with a capital letter, an address never does */
        if (*line < 'A' || *line > 'Z')
            sealed = cs_resident_sealed_file(line, &start, &len);
        else if (sealed && sscanf(line, "Anonymous: %ld kB", &written) == 1 && written == 0)
            madvise(start, len, MADV_DONTNEED);
    }
    free(line);
    fclose(smaps);
}

static int64_t used_us(void)
{
    struct rusage u;

    if (getrusage(RUSAGE_SELF, &u) != 0)
        return 0;
    return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000) + u.ru_utime.tv_usec +
           u.ru_stime.tv_usec;
}

void cs_resident_look(struct cs_resident_watch *w, int64_t now_us, int64_t used, bool *ret_release)
{
    if (used - w->used_us > (now_us - w->looked_us) / QUIET_SHARE)
        w->quiet_since_us = now_us;
    w->looked_us = now_us;
    w->used_us = used;
    *ret_release = now_us - w->quiet_since_us >= QUIET_US && used - w->released_us >= WORK_US;
    if (*ret_release)
        w->released_us = used;
}

void cs_resident_rest(void)
{
    static struct cs_resident_watch watch;
    bool release;

    cs_resident_look(&watch, cs_mono_us(), used_us(), &release);
    if (!release)
        return;
    cs_resident_release();
    watch.released_us = used_us();
}
