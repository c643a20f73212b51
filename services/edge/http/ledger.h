#pragma once
/*
 * ledger: the bodies of all loops together, so that the budgets of bodies are those of the process, however many
 * loops a client's connections are spread over.
 *
 * A loop hands in the bodies that are coming in and learns which of them are to be cut; those of the other loops are
 * taken as they were when these asked last, which they do each second. Large bodies that have come in
 * take a place until their request has ended. Any thread; one of a process.
 */
#include "edge/http/parked.h"

enum {
    LEDGER_LARGE_MAX = 32,
    LEDGER_LARGE_SHARE = 16
}; /* at work: spill files of up to MAX_BODY */

/* Like parked_judge() over the bodies of all loops; sets the verdicts of p alone. */
void ledger_judge(int loop, struct parked *p, size_t n);

/* A place for a large body that has come in: PARKED_STAYS, or why there is none. */
enum parked_verdict ledger_enter(uint64_t share);
void ledger_leave(uint64_t share); /* gives the place back */
