#pragma once
/*
 * once: marks of what may happen only once, remembered for a time and in bounded memory.
 *
 * A mark is remembered for CS_ONCE_MS at least, which is longer than a signature is valid, unless more
 * than CS_ONCE_MAX come in that time: then for the last CS_ONCE_MAX marks, 4 MiB in all. The caller
 * locks. A struct of zeros is empty.
 */
#include <stdbool.h>
#include <stdint.h>

enum { CS_ONCE_MS = 95 * 1000, CS_ONCE_MAX = 128 * 1024 };

struct cs_once_half {
    uint64_t *at; /* open addressing, 0: free */
    uint32_t size, n;
    int64_t since_ms;
};

struct cs_once {
    struct cs_once_half now, before;
};

/* True the first time; false when the mark is remembered. now_ms is monotonic. */
bool cs_once_first(struct cs_once *o, uint64_t mark, int64_t now_ms);
void cs_once_clear(struct cs_once *o);
