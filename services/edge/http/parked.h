#pragma once
/*
 * parked: which bodies that are coming in must be cut, so that nobody holds memory for nothing.
 *
 * A stranger (a client whose credential is not known to be good) may hold 64 KiB, and more for 30 s
 * only. Bytes and large bodies have budgets: one of a share, which is a workspace or a stranger's address, and one of
 * the process. Beyond a budget the slowest is cut, not the newest: an idle burst must not take the
 * place of an upload that goes on. Pure; ledger.h gathers the bodies of all loops.
 */
#include "edge/http/http.h"

enum {
    PARKED_WINDOW_S = 10,           /* over which the pace of a body is measured */
    PARKED_PATIENCE_MS = 20 * 1000, /* then a request must come faster than ... */
    PARKED_PACE = 512,              /* ... so many bytes a second; against slowloris */
    PARKED_STRANGER_MS = 30 * 1000, /* a stranger's, of more than HTTP_SMALL bytes */

    /* budgets of the process; bytes of known clients are those in memory: a large body is in a file */
    PARKED_STRANGER_SHARE = 8 * 1024 * 1024,
    PARKED_STRANGER_BYTES = 64 * 1024 * 1024,
    PARKED_KNOWN_SHARE = 64 * 1024 * 1024,
    PARKED_KNOWN_BYTES = 256 * 1024 * 1024,
    PARKED_LARGE_SHARE = 16, /* bodies of more than HTTP_LARGE bytes */
    PARKED_LARGE_MAX = 64,
};

enum parked_verdict {
    PARKED_STAYS,
    PARKED_SLOW,  /* it comes too slowly, or a stranger has had the time */
    PARKED_SHARE, /* its share is used up */
    PARKED_FULL,  /* a budget of the process is used up */
    PARKED_VERDICTS,
};

struct parked {
    size_t got, lately; /* bytes in all, and in the last PARKED_WINDOW_S */
    int64_t waited_ms;  /* since the first byte */
    uint64_t share;     /* the same for the same workspace, or address of strangers */
    bool trusted;
    enum parked_verdict verdict;
    void *of; /* the caller's */
};

/* Sets the verdicts; the order of the array changes. */
void parked_judge(struct parked *p, size_t n);
/* What a body holds of memory for the time being. */
size_t parked_held(const struct parked *p);
