#pragma once
/* event: every public event comes here once, and is kept for streams, webhooks and replays. On a thread of its own. */
#include "bus/service.h"

int event_keep(struct cs_call *call, const struct cs_event_raw *e);

enum { EVENT_KEPT_DAYS = 7 };
void event_expire(struct cs_call *call); /* of a ticker */
