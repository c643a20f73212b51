#pragma once
/*
 * hasher: Argon2id on threads of its own, so that a worker never computes one. A hash takes 19 MiB
 * and about 25 ms. Calls wait in a lane that is fair to networks and accounts (auth/lane.h); one that
 * it has no place for, or that has to leave it for another one, fails with 429.
 */
#include "auth/attempt.h"
#include "bus/call.h"

#include <stddef.h>

/* places: calls that wait at most. */
void hasher_start(size_t places);
void hasher_stop(void); /* every call has ended */

/*
 * Returns CS_LATER, as the handler then does. `work` runs on a thread of the hasher, with the call's
 * arena and without its database; `next` goes on with the same state on a worker. The work of a call that is
 * over meanwhile is left out, and the call fails with CS_TIMEOUT.
 */
typedef void hasher_work_fn(struct cs_call *call, void *state);
int hasher_stage(struct cs_call *call, const struct attempt *attempt, hasher_work_fn *work,
                 cs_resume_fn *next, void *state);
