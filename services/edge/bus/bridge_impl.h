#pragma once
/* Between bridge.c (calls) and bridge_nats.c (the connection in the loop); nobody else. */
#include "edge/bus/bridge.h"

#include <nats/nats.h>
#include <stdatomic.h>

/* The mark in front of the token makes the subject for frames of a watch; no token begins with it. */
enum { BRIDGE_SERVICES = 16, BRIDGE_TOKEN = 64, BRIDGE_WATCH_MARK = 'w' };

struct bridge_slot {
    uint32_t next_free;
    struct bridge_call *call; /* NULL: free */
};

/* one service as seen from this loop */
struct bridge_service {
    const char *name;
    char inbox[2 * BRIDGE_TOKEN]; /* _INBOX.edge.<edge>-<loop>.<service>. */
    natsSubscription *sub;
    struct list in_flight; /* in the order of their publishes */
};

struct bridge {
    struct http_loop *http;
    natsConnection *nc;
    struct http_watch *watch;
    const struct bridge_settings *settings;
    bool wants_write, connected;
    bool closed;         /* the library has given the connection up: another is made */
    atomic_bool leaving; /* closing is what we want */
    int loop;
    char turn_prefix[2 * BRIDGE_TOKEN];
    natsSubscription *turns;
    struct bridge_service services[BRIDGE_SERVICES];
    int n_services;
    struct list waiting; /* for their next try */
    struct list listeners;
    struct bridge_listener
        *hearing; /* whose frames are being drained; NULL when it left meanwhile */
    natsSubscription *announced;
    bridge_turn_fn *on_announced;
    void *announced_user;
    struct cs_arena scratch; /* for one message */
    struct bridge_slot *slots;
    uint32_t n_slots, free_slot;
};

/* bridge_nats.c */
void bridge_connect(struct bridge *b);
void bridge_reconnect(struct bridge *b); /* if it is closed */
void bridge_disconnect(struct bridge *b);
void bridge_flush(struct bridge *b);
/* prefix and rest make the subject */
natsStatus bridge_subscribe(struct bridge *b, natsSubscription **ret, const char *prefix,
                            const char *rest);
int bridge_pending(natsSubscription *sub); /* messages to drain */

/* bridge_listen.c */
void bridge_listeners_open(struct bridge *b); /* after the connection was made again */
void bridge_listeners_drop(struct bridge *b);
void bridge_listeners_drain(struct bridge *b);

/* bridge.c, called while draining */
void bridge_on_reply(struct bridge *b, const struct bridge_service *s, natsMsg *msg);
/* from: the service whose inbox it came by; NULL: it is a frame of a turn. token: <slot>-<word>... */
void bridge_on_frame(struct bridge *b, const struct bridge_service *from, const char *token,
                     natsMsg *msg);
void bridge_on_absent(struct bridge *b, struct bridge_service *s);
void bridge_on_lost(struct bridge *b); /* the connection broke */
