#pragma once
/* stat: what is counted per method, for /metrics and for $SRV.STATS; any thread. */
#include "bus/service.h"

#include <stdatomic.h>

enum { CS_N_STATUS = 16 };

struct cs_metric;

struct cs_stat {
    const char *method; /* the contract's; "unknown" for what is not in it */
    struct cs_metric *seconds, *_Atomic by_status[CS_N_STATUS];
    atomic_ullong requests, errors, busy_us;
    atomic_int last_error; /* status; 0: none yet */
};

void cs_stats_init(const struct cs_service *s);
void cs_stats_dispose(void);
struct cs_stat *cs_stat_find(const char *method);
struct cs_stat *cs_stat_at(size_t i); /* by row of s->methods; NULL past the last */
void cs_stat_count(struct cs_stat *st, int status, int64_t us);
