#pragma once
/*
 * tail: the messages of a stream in order, for the operator's program.
 *
 * Reads with an ordered consumer that lives as long as the reading; nothing is acknowledged and
 * nothing is left behind. Settings: NATS_URL, NATS_CREDS, NATS_CA.
 */
#include <nats/nats.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* borrowed for the time of the call; headers that are absent are NULL */
struct cs_tail_event {
    natsMsg *msg;
    const char *subject; /* chatsphere.event.v1.<tenant>.<bot or _>.<aggregate>.<event> */
    uint64_t seq;
    int64_t stored_ms;                       /* unix ms */
    const char *time, *type, *id, *event_id; /* ce-time, ce-type, ce-subject, ce-id */
    const void *data;
    size_t len;
};

struct cs_tail {
    const char *stream, *filter; /* name of the stream; subject with wildcards */
    bool all;                    /* from the first that is kept */
    uint64_t since; /* else from this sequence number on; 0: only what comes from now on */
    bool follow;    /* else only what is there already */
    /* false ends the reading */
    bool (*fn)(void *state, const struct cs_tail_event *e);
    void *state;
};

/* 0 at the end, -1 with a message on standard error. */
int cs_tail(jsCtx *js, const struct cs_tail *t);

/* The connection of the operator's program. False, with a message on standard error: there is none. */
struct cs_ops {
    natsConnection *nc;
    jsCtx *js;
};
bool cs_ops_open(struct cs_ops *o);
void cs_ops_close(struct cs_ops *o);
