#pragma once
/*
 * parked: which bodies that are coming in must be cut, so that nobody holds memory for nothing.
 *
 * A stranger (a client whose credential is not known to be good) may hold 64 KiB, and more for 30 s
 * only, within a budget by address and one for all. Where there are too many bodies, the slowest is
 * cut, not the newest: an idle burst must not take the place of an upload that goes on. Pure.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PARKED_WINDOW_S = 10,           /* over which the pace of a body is measured */
    PARKED_PATIENCE_MS = 20 * 1000, /* then a request must come faster than ... */
    PARKED_PACE = 512,              /* ... so many bytes a second; against slowloris */
    PARKED_FREE = 64 * 1024,        /* bytes that a stranger may hold for longer than ... */
    PARKED_STRANGER_MS = 30 * 1000,
    PARKED_BY_ADDRESS = 8 * 1024 * 1024, /* bytes of strangers of one address, a loop */
    PARKED_STRANGERS = 64 * 1024 * 1024, /* bytes of all strangers, a loop */
    PARKED_LARGE = 1024 * 1024,
    PARKED_LARGE_MAX = 32, /* bodies larger than that at once, a loop */
};

struct parked {
    size_t got, lately; /* bytes in all, and in the last PARKED_WINDOW_S */
    int64_t waited_ms;  /* since the first byte */
    uint64_t peer;      /* the same for the same address */
    bool trusted;
    bool cut; /* the judgement */
    void *of; /* the caller's */
};

/* Sets `cut`; the order of the array changes. */
void parked_judge(struct parked *p, size_t n);
