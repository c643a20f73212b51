#pragma once
/*
 * discovery: $SRV.PING, $SRV.INFO and $SRV.STATS as in NATS ADR-32, so that `nats micro ls`, `info`
 * and `stats` see our services. Answered on the delivery thread from counters. Internal.
 */
#include "bus/service.h"

#include <jansson.h>

int cs_discovery_start(const struct cs_service *s); /* 0 or -1 */

/* The answer to PING, INFO or STATS; NULL for any other verb. For tests. */
json_t *cs_discovery_answer(const struct cs_service *s, const char *verb);
