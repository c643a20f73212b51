#pragma once
/*
 * permission: what a service may say and hear on NATS, derived from its row of the topology.
 *
 * Every service has: its own subjects in its own queue group, its own inbox, the place of its answers
 * in any inbox (_INBOX.<caller>.<instance>.<itself>.<call>), the subjects of the methods it calls, discovery and the plain fan-out; and the consumers
 * and dead letters of its own jobs and reactions. A row adds what is its alone. Nothing else is
 * allowed, so a stolen credential neither reads nor speaks for another service.
 */
#include "nats/topology.h"

#include <jansson.h>

/* New: {"pub": {"allow": [...]}, "sub": {"allow": [...]}} for the user JWT. */
json_t *cs_permissions(const struct cs_node *node);

/*
 * Of a reaction to `event`, which is <aggregate>.<event> where either may be *, or > for all events:
 * the durable consumer (chat, bot.deleted -> chat_bot_deleted; bot.* -> chat_bot_any; > -> chat_all)
 * and the subjects that it is for (chatsphere.event.v1.*.*.bot.deleted).
 */
void cs_durable_name(const char *service, const char *event, char *out, size_t size);
void cs_event_filter(const char *event, char *out, size_t size);
