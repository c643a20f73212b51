#pragma once
/*
 * store: what the store.c of every service has in common.
 *
 * A function that uses the database returns 0, a negative number (the problem stands on the call:
 * bus/fail.h), or an outcome: one of the positive words below, named in its comment. The
 * same word means the same in every service. An outcome is for the caller to handle: it becomes a
 * success or a problem of its own. One that a handler, a job or a reaction returns all the same is a
 * bug, and is answered with 500 and logged by its name. CS_LATER and CS_ANSWERED (bus/call.h) are
 * no outcomes and lie far outside their range.
 *
 * Any thread that has the call may use these functions.
 */
struct cs_call;

enum store_outcome {
    STORE_NONE = 1, /* no such row, or not the caller's; or it has left the state it must be in */
    STORE_FULL,     /* as many rows as are allowed */
    STORE_TAKEN,    /* another row has this id or name */
    STORE_BUSY,     /* another one works on the row */
    STORE_REUSED,   /* a token that may be used once was used again */
    STORE_LATE,     /* it is being loaded and was not there at the deadline */
    STORE_STALE,    /* what is there is older than what was asked for */
    STORE_OUTCOMES
};

/* "STORE_NONE"; "an unknown outcome" for a number that is none of them. */
const char *store_outcome_name(int r);

/*
 * For the runtime: what the last step of a call has returned. 0, or negative with a problem on the
 * call; an outcome, or a failure without a problem, is logged and becomes 500.
 */
int store_result(struct cs_call *call, int r);

/* Commits what is open on call->pg and wakes the relay of events. 0, or the problem. */
int store_commit(struct cs_call *call);
