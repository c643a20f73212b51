#pragma once
/*
 * event_budget: the bytes of events that one workspace may cause in a process a day, so that it cannot
 * push those of others out of the stream that all share. What is accepted is always announced: the
 * events of a call count when they are written, and a call of a workspace that is over its budget is
 * refused before it begins. A day's bytes may come at once, and they come back evenly over a day.
 * A workspace with its whole budget takes no memory. Any thread. Internal.
 */
#include "bus/call.h"

#include <stddef.h>

/* Once, before any call. 0: no limit. */
void cs_event_budget_set(int64_t bytes_a_day);

void cs_event_budget_spend(const char *tenant, size_t bytes, int64_t now_ms);
/* 0 when the workspace has something left; else how long it takes, in ms. tenant NULL: 0. */
int64_t cs_event_budget_wait_ms(const char *tenant, int64_t now_ms);

/* For a request from outside that changes something: 0, or 429 with Retry-After. */
int cs_event_budget_check(struct cs_call *call);
