#pragma once
/*
 * send: deliveries of events to webhooks, over http/engine.h.
 *
 * One ticker claims what is due in the database, a few of each webhook and workspace, hands it to the engine, and
 * settles what has ended. An attempt is claimed for a time: the deliveries of a process that died are claimed again by
 * another one, so each is delivered at least once. What is sent is signed as in Standard Webhooks (crypto/webhook.h).
 */
#include "bus/service.h"

enum {
    SEND_TIMEOUT_MS = 15 * 1000,
    SEND_ATTEMPTS = 11,    /* over 24 hours */
    SEND_BODY_KEPT = 4096, /* bytes of an answer */
    SEND_PER_WEBHOOK = 4,  /* attempts under way; 1 for a webhook that fails */
    SEND_PER_TENANT = 48,
    SEND_ALL = 256, /* in a process */
};

int send_start(void); /* 0, or -1 with a log line */
void send_leave(void);
void send_stop_all(void); /* the engine has stopped */

void send_tick(struct cs_call *call); /* of the ticker */
bool send_under_way(void);
void send_wake(void); /* something is due. Any thread. */

/* No attempt of this webhook begins any more, and those under way end. Any thread. */
void send_stop(const char *webhook);
/* A row for the cs_ctl table: the same for webhooks that another process has deleted. */
void send_on_stop(const char *subject, const char *webhook, size_t len);
#define SEND_STOPS "cache.webhook"

/* Wait before the next attempt after `attempts`, with jitter from `random`; -1: there is none. */
int64_t send_backoff_ms(int attempts, uint32_t random);
