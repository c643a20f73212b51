#pragma once
/* webhook: what the handlers of webhooks and deliveries share. Workers. */
#include "bus/service.h"
#include "chatsphere/v1/names.h"

enum {
    WEBHOOK_OVERLAP_MS = 24 * 3600 * 1000, /* two secrets sign for so long after a rotation */
    WEBHOOK_REPLAY_MAX = 10000,
};

int webhook_none(struct cs_call *call); /* 404 */

/* The event webhook.<event> in the open transaction; reason: of `disabled`, else NULL. */
void webhook_event(struct cs_call *call, const char *tenant, const char *id, int64_t version,
                   const char *event, const char *reason);
