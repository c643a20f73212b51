#pragma once
/*
 * ledger: the bodies of all loops together, so that the budgets of bodies are those of the process, however many
 * loops a client's connections are spread over.
 *
 * A loop hands in the bodies that are coming in and learns which of them are to be cut; those of the other loops are
 * taken as they were when these asked last, which they do each second. A large body that has come in and a file that
 * goes out take a place until their request has ended. Any thread; one of a process.
 */
#include "edge/http/parked.h"

enum ledger_kind { LEDGER_LARGE, LEDGER_FILES };

enum {
    LEDGER_LARGE_MAX = 32, /* spill files of up to MAX_BODY */
    LEDGER_LARGE_SHARE = 16,
    LEDGER_FILES_MAX =
        256, /* of a slow client a file has up to two parts of CS_MAX_PART in memory */
    LEDGER_FILES_SHARE = 32,
};

/* Like parked_judge() over the bodies of all loops; sets the verdicts of p alone. */
void ledger_judge(int loop, struct parked *p, size_t n);

/* A place: PARKED_STAYS, or why there is none. */
enum parked_verdict ledger_enter(enum ledger_kind kind, uint64_t share);
void ledger_leave(enum ledger_kind kind, uint64_t share); /* gives the place back */
