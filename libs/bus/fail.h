#pragma once
/*
 * fail: how a call fails. A function puts the problem on the call and returns a negative number, which
 * its callers pass on as it is; the runtime sends the problem. Failures of ours (500 and above) are
 * logged here, once.
 */
#include "base/err.h"

#include <stdint.h>

struct cs_call;

/* Sets the problem the caller gets; returns a negative number. `fmt` is shown outside. */
int cs_fail(struct cs_call *call, enum cs_error e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Notes one wrong field (several may be noted) and returns as cs_fail(CS_INVALID). */
int cs_fail_field(struct cs_call *call, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/*
 * A quota of the plan is used up: 429 with the code limited_plan. `quota` reads as in "The plan allows
 * 100 bots in a workspace". reset_ms: when it begins anew, in unix milliseconds; 0: only when something goes.
 */
int cs_fail_quota(struct cs_call *call, const char *quota, int64_t limit, int64_t reset_ms);
/* After call->pg failed: 503 when the database cannot be reached, else 500; rolls back. */
int cs_fail_pg(struct cs_call *call);
/* 0, or 413 when the call's arena holds more than its ceiling allows. */
int cs_fail_memory(struct cs_call *call);
/* Logs `detail` with the call's ids and answers 500 without it. */
int cs_fail_internal(struct cs_call *call, const char *detail);
#if defined(__clang_analyzer__) && !defined(CS_FAIL_C) /* what these return is never 0 */
#define cs_fail(...) ((void)cs_fail(__VA_ARGS__), -1)
#define cs_fail_field(...) ((void)cs_fail_field(__VA_ARGS__), -1)
#define cs_fail_quota(...) ((void)cs_fail_quota(__VA_ARGS__), -1)
#define cs_fail_pg(...) ((void)cs_fail_pg(__VA_ARGS__), -1)
#define cs_fail_internal(...) ((void)cs_fail_internal(__VA_ARGS__), -1)
#endif

/* Sends the problem to `reply`: the answer of a call whose process died. */
struct Chatsphere__V1__Problem;
void cs_problem_to(const char *reply, const struct Chatsphere__V1__Problem *problem);
