#pragma once
/*
 * lane: the places in which passwords wait to be hashed, shared fairly. Pure; the caller has a lock.
 *
 * Attempts of one flow (a network, or an account in a network that it knows) wait in rounds: the
 * first of each flow is in the next round, its second one a round later. So a flow with many attempts
 * delays another one by one each. Where all places are taken the newcomer pushes out the last of the
 * last round, of the lowest class that waits: a suspect one before a new one, and that before a known
 * one. Known and new ones are served in a pattern in which both have their turn; suspect ones have a
 * thread of their own.
 */
#include "auth/attempt.h"

#include <stddef.h>

enum { LANE_MAX = 512 };

struct lane_entry {
    struct attempt attempt;
    uint64_t round, arrival; /* lane.c's own */
};

struct lane {
    struct lane_entry *entries[LANE_MAX]; /* in no order */
    size_t n, cap;
    size_t of_class[ATTEMPT_CLASSES];
    uint64_t round[ATTEMPT_CLASSES]; /* that is being served */
    uint64_t arrivals;
    unsigned turn; /* of known and new ones: place in the pattern */
};

/* cap: 1 to LANE_MAX */
void lane_init(struct lane *l, size_t cap);

/* Returns the entry that has to leave: NULL, another one, or e itself. */
struct lane_entry *lane_offer(struct lane *l, struct lane_entry *e);

/* The next one, or NULL; suspects: the next suspect one, otherwise the next of the others. */
struct lane_entry *lane_take(struct lane *l, bool suspects);
