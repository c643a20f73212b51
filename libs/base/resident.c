#include "base/resident.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

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

static void release_files(FILE *smaps)
{
    char *line = NULL;
    size_t cap = 0, len = 0;
    bool sealed = false;
    void *start = NULL;
    long written;

    while (getline(&line, &cap, smaps) > 0) {
        /* a field's name begins with a capital letter, an address never does */
        if (*line < 'A' || *line > 'Z')
            sealed = cs_resident_sealed_file(line, &start, &len);
        else if (sealed && sscanf(line, "Anonymous: %ld kB", &written) == 1 && written == 0)
            madvise(start, len, MADV_DONTNEED);
    }
    free(line);
}

void cs_resident_release(void)
{
    FILE *smaps = fopen("/proc/self/smaps", "re");

    malloc_trim(0);
    if (!smaps)
        return; /* it only costs memory */
    release_files(smaps);
    fclose(smaps);
}
