#pragma once
/*
 * bus: the connection of this process to the broker; for libs/bus and the programs of the operator.
 *
 * A process is one service, so there is one of it. `nc` carries calls, replies and frames: it sends
 * at once and refuses to publish while the broker is away, because a call replayed after an outage
 * would work for a caller who is gone. `bulk` is buffered and belongs to the relay. Both reconnect
 * for ever; `closed` means that the broker refused our credentials twice and the process must end.
 *
 * Callbacks run on two delivery threads of libnats that all subscriptions share, so none may block.
 */
#include "nats/topology.h"

#include <nats/nats.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { CS_INSTANCE_SIZE = 17 };

struct cs_bus {
    const struct cs_node *node;
    char instance[CS_INSTANCE_SIZE]; /* this process among its replicas */
    natsConnection *nc, *bulk;
    jsCtx *js; /* over nc */
    atomic_bool closed;
    atomic_uint reconnects;               /* of nc */
    void (*_Atomic on_reconnected)(void); /* called after each; short; may be NULL */
};
extern struct cs_bus cs_bus;

/*
 * Options that every program shares: credentials, CA, inbox prefix, pings, reconnecting. The
 * caller destroys them. asap: send at once and keep nothing for later.
 */
natsStatus cs_bus_options(natsOptions **ret, const char *service, bool asap);

/*
 * For the operator's program: a connection of the user `ops`, waiting a minute for a broker that is
 * still starting. On failure a message stands on standard error.
 */
natsStatus cs_bus_connect_ops(natsConnection **ret);

/* The stream CHATSPHERE_TURNS of nats/streams.c alone; fine when it is there. */
natsStatus cs_streams_make_turns(jsCtx *js);

/* Tries until it is connected; 0, or the signal of `stop` that came first. */
int cs_bus_open(const struct cs_node *node, const sigset_t *stop);
void cs_bus_close(void); /* flushes first */

bool cs_bus_up(void);
bool cs_bus_publish(const char *subject, const void *data, size_t len); /* counts failures */
bool cs_bus_send(natsMsg *msg); /* the same; msg stays the caller's */
/* queue may be NULL. NULL with a log line when it is refused. Lives until cs_bus_close(). */
natsSubscription *cs_bus_subscribe(const char *subject, const char *queue, natsMsgHandler fn,
                                   void *closure);

/* Answers msg with a Problem and the headers of ADR-32. again: nothing was begun. */
void cs_bus_answer_error(natsMsg *msg, int status, bool again, const void *body, size_t len);
/* The same to whoever listens at `to`; NULL: nobody. */
void cs_bus_refuse(const char *to, int status, bool again, const void *body, size_t len);

/*
 * Whether the headers of a received message have at most CS_HEADERS_MAX bytes. nats.c takes time with the square of
 * the lines of one name, so what comes from another service is asked this before any header is read.
 */
enum { CS_HEADERS_MAX = 16 * 1024 };
bool cs_bus_headers_fit(natsMsg *msg);
/* A header of msg, or NULL; borrowed from it. */
const char *cs_bus_header(natsMsg *msg, const char *name);
