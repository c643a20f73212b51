#pragma once
/*
 * standing: whether work that takes long may go on. A request is checked once, when it comes in; an answer
 * or a document that is under way minutes later is checked again by the service that works on it, every
 * CS_STANDING_MS, so that a suspended user or workspace and a revoked key reach it, too.
 *
 * One question to auth covers all work of a process. Any thread that has the call.
 */
#include "bus/call.h"

enum { CS_STANDING_MS = 1000 };

struct cs_standing {
    const char *tenant;    /* a UUID */
    const char *principal; /* NULL: only the workspace counts */
    const char *session;   /* that the user signed in to; NULL: none counts */
    const char *refusal;   /* set: NULL, or the reason as a sentence, in the call's arena */
};

/* Sets each refusal. Negative with the problem on the call: auth cannot be asked, and nothing is known. */
int cs_standing_check(struct cs_call *call, struct cs_standing *all, size_t n);
