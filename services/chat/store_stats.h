#pragma once
/* store_stats: sums over the turns of a span of time, in SQL. Each function is a transaction of its own. */
#include "chat/store.h"

/* Turns accepted in [from_ms, to_ms), of one bot, or with NULL of the workspace. */
struct store_span {
    const char *bot;
    int64_t from_ms, to_ms;
};

/* Fills all of ret but the span. by: bot, channel or model for groups; anything else: none. */
int store_stats(struct cs_call *call, const struct store_span *span, const char *by, Stats *ret);
/* The days of the span that have an answer. */
int store_days(struct cs_call *call, const struct store_span *span, StatsDay ***ret, size_t *ret_n);
