#pragma once
/*
 * hasher: Argon2id on threads of its own, so that a worker never computes one. A hash takes 19 MiB
 * and about 25 ms; the lane of main.c bounds how many calls wait here.
 */
#include "bus/call.h"

void hasher_start(void);
void hasher_stop(void); /* every call has ended */

/*
 * Returns CS_LATER, as the handler then does. `work` runs on a thread of the hasher, with the call's
 * arena and without its database; `next` goes on with the same state on a worker. The work of a call that is
 * over meanwhile is left out, and the call fails with CS_TIMEOUT.
 */
typedef void hasher_work_fn(struct cs_call *call, void *state);
int hasher_stage(struct cs_call *call, hasher_work_fn *work, cs_resume_fn *next, void *state);
