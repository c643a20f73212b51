#pragma once
/* dispatch: from bytes to a handler and back; internal to libs/bus, no broker in sight. */
#include "bus/service.h"

/* Checks signature and request and runs the row: what a handler returns. */
int cs_dispatch(const struct cs_service *s, struct cs_call *call, const char *method,
                const void *in, size_t in_len);
/* The reply if r is 0 and the call's memory is within its ceiling (true), else the Problem (false); call->status tells
 * which. */
bool cs_dispatch_pack(struct cs_call *call, int r, void **ret_out, size_t *ret_len);
/* The problem that stands on call. */
void *cs_problem_pack(struct cs_call *call, size_t *ret_len);
