#pragma once
/* ticker: a thread for each row of a service's tickers (bus/service.h). Internal. */
#include "bus/service.h"

void cs_tickers_start(const struct cs_ticker *tickers); /* ends with {0} */
bool cs_tickers_stop(int64_t ms); /* after cs_stop_set(); false: one still works */
