#pragma once
/*
 * signature: calls to other services are signed here, and calls to this one verified; internal.
 *
 * Only rpcs that are not read_only in the contract are signed. The signer is the service that makes the
 * call, with its own key, also when it acts for a user whose call it works on: a callee knows its
 * caller. A signature is good for one call: it names service, method and body, its signer must be one
 * whose row of the topology lists the method, and a process accepts it once (crypto/once.h). The next
 * try of a call that was not begun bears the same signature. Any thread.
 */
#include "bus/call.h"

/* sign_key NULL: this service signs nothing. 0, or -1 with a log line that names the setting. */
int cs_signature_start(const char *sign_key, const char *sign_pub);
void cs_signature_stop(void);

/* The header for a call with this packed request, in the call's arena; NULL: it needs none. */
const char *cs_signature_make(struct cs_call *call, const struct cs_rpc *rpc, const void *data,
                              size_t len);
/* 0 when the call needs no signature or bears a valid, unused one; else 401 and a log line. */
int cs_signature_check(struct cs_call *call, const void *data, size_t len);
