#pragma once
/*
 * letter: dead letters for the operator's program: read, replayed, dropped.
 *
 * A dead letter (bus/dead_letter.h) is a message of CHATSPHERE_DLQ, named by its sequence number
 * there. A replay publishes the original again and then removes the letter: a job's ticket as it was, an event
 * with Cs-Replay, so that only the consumer that failed takes it.
 */
#include "base/arena.h"

#include <nats/nats.h>
#include <stdbool.h>
#include <stdint.h>

/* Strings are of the arena or borrowed from msg; never NULL, "-" for what is absent. */
struct cs_letter {
    natsMsg *msg;
    uint64_t number;
    int64_t stored_ms; /* unix ms */
    const char *service, *name, *tenant;
    const char *reason, *request_id, *deliveries;
    const char *from;     /* the subject that the original had */
    const char *consumer; /* the durable that it failed at */
};

/* False: msg is no dead letter. */
bool cs_letter_read(struct cs_arena *a, natsMsg *msg, uint64_t number, int64_t stored_ms,
                    struct cs_letter *ret);

/* The filter of those of a service and a workspace; NULL: of any. */
const char *cs_letter_filter(struct cs_arena *a, const char *service, const char *tenant);

/*
 * The letter of this number. *ret->msg is the caller's. 0; 1: there is none, or it is none; -1 with a
 * message on standard error.
 */
int cs_letter_get(struct cs_arena *a, jsCtx *js, uint64_t number, struct cs_letter *ret);

/*
 * What a replay publishes; the caller destroys it. NULL: it cannot be replayed, because its subject is
 * not one that its service may take from: then the letter is forged or of another version.
 */
natsMsg *cs_letter_original(const struct cs_letter *letter);

/* 0; 1: it cannot be replayed (see above); -1 with a message on standard error, and the letter is still there. */
int cs_letter_replay(jsCtx *js, const struct cs_letter *letter);
int cs_letter_drop(jsCtx *js, const struct cs_letter *letter);
