#pragma once
/*
 * broker: connections with given credentials, and what the broker refuses them. One thread uses it.
 */
#include <nats/nats.h>
#include <stdbool.h>

/* creds: path of a .creds file that lives as long; NULL: none. inbox: prefix of the connection's own
 * inboxes; NULL: _INBOX. NULL when the broker refuses. */
natsConnection *broker_dial(const char *url, const char *creds, const char *inbox);

bool broker_may_publish(natsConnection *nc, const char *subject);
bool broker_may_subscribe(natsConnection *nc, const char *subject, const char *queue);
/* Publishes a request; false when the broker refuses it. */
bool broker_may_ask(natsConnection *nc, const char *subject, const char *reply);
