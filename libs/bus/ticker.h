#pragma once
/*
 * ticker: a thread for each row of a service's tickers (bus/service.h), which rests while nothing of
 * its kind is under way. They go on while the
 * service drains, because calls under way may rest on them (leases are renewed). Internal.
 */
#include "bus/service.h"

void cs_tickers_start(const struct cs_ticker *tickers); /* ends with {0}; may be called again */
bool cs_tickers_stop(int64_t ms);                       /* false: one still works */
