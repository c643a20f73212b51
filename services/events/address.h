#pragma once
/* address: whether events may be sent to an address that a user gives. Any thread that has the call. */
#include "bus/call.h"

/*
 * 0, or negative: the field `url` is no address, or leads to one that is not public. A name is judged again each time
 * that it is connected to (http/guard.h).
 */
int address_check(struct cs_call *call, const char *url);
