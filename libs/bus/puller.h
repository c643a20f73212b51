#pragma once
/*
 * puller: one thread that takes messages one by one from a durable JetStream consumer, which
 * `chatsphere migrate` has made. Job workers and reactions are pullers. Internal.
 *
 * A message is kept in progress while its function works, so that nobody else gets it. The
 * function settles it: exactly one of the cs_pull_* below.
 */
#include "bus/background.h"
#include "nats/bus.h"

/* delay of what a leaving process gives back: longer than it still has requests open */
enum { CS_LEAVE_MS = 1500 };

struct cs_puller {
    const char *stream;
    char durable[128];
    void (*fn)(struct cs_puller *p, natsMsg *msg);
    /* not NULL: called instead, with what came within a moment */
    void (*many)(struct cs_puller *p, natsMsg **msgs, int n);
    const void *arg;

    struct cs_call_state *call; /* of this thread */
    natsSubscription *sub;
    natsMsg **busy; /* kept in progress; NULL where one is settled */
    int n_busy;
    bool
        resting; /* nothing came for a while: it waits long, and is woken by its subscription's end */
    pthread_t thread;
    struct cs_puller *next;
};

void cs_puller_start(struct cs_puller *p);
void cs_pullers_wake(void); /* ends long waits: the broker forgot them, or we are stopping */
void cs_pullers_keep(void); /* tells the broker that the busy ones still work; every few seconds */
/* After cs_stop_set(): waits for all, false when one still works after ms. */
bool cs_pullers_stop(int64_t ms);

void cs_pull_ack(struct cs_puller *p, natsMsg *msg);      /* and waits until the broker knows */
void cs_pull_ack_soon(struct cs_puller *p, natsMsg *msg); /* a lost one must do no harm */
void cs_pull_again(struct cs_puller *p, natsMsg *msg, int64_t delay_ms);
void cs_pull_drop(struct cs_puller *p, natsMsg *msg); /* never again */

/* How often it was delivered, this time included; 1 if unknown. */
uint64_t cs_pull_delivered(natsMsg *msg);
/* The n-th token of a subject, from 0, in the arena; NULL when there are fewer. */
char *cs_subject_token(struct cs_arena *a, const char *subject, int n);
