#pragma once
/*
 * rpc_span: how the span of a call between services is named and ended, on either side. The names
 * come from the contract's row, so that traces, metrics and subjects say the same.
 */
#include "obs/span.h"
#include "pbjson/contract.h"

/*
 * Ends the span; NULL is allowed. rpc NULL: a method that the contract does not have. A status from
 * `least` on is an error; 0: the call was given up before its answer came.
 */
void cs_rpc_span_end(struct cs_span *s, const struct cs_rpc *rpc, int status, int least);
