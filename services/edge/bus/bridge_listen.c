/* A subscription for each turn that is listened to, and one for the announcements of turns. */
#include "edge/bus/bridge_impl.h"

#include "base/log.h"
#include "nats/wire.h"

#include <string.h>

static void listener_open(struct bridge *b, struct bridge_listener *l)
{
    if (b->nc && bridge_subscribe(b, &l->sub, CS_TURN_SUBJECT "*.*.", l->turn) != NATS_OK)
        cs_log(CS_WARN, "cannot listen to a turn", "turn", l->turn,
               NULL); /* it is asked about later */
}

static void announced_open(struct bridge *b)
{
    if (b->nc && b->on_announced && !b->announced &&
        bridge_subscribe(b, &b->announced, CS_CTL_TURN, "*") != NATS_OK)
        cs_log(CS_WARN, "cannot hear of turns that begin", NULL);
}

void bridge_listen(struct bridge *b, struct bridge_listener *l)
{
    list_add(&b->listeners, &l->link);
    listener_open(b, l);
}

void bridge_unlisten(struct bridge *b, struct bridge_listener *l)
{
    if (!list_linked(&l->link))
        return;
    list_remove(&l->link);
    if (b->hearing == l)
        b->hearing = NULL;
    natsSubscription_Destroy(l->sub);
    l->sub = NULL;
}

void bridge_announced(struct bridge *b, bridge_turn_fn *fn, void *user)
{
    b->on_announced = fn;
    b->announced_user = user;
    if (fn) {
        announced_open(b);
        return;
    }
    natsSubscription_Destroy(b->announced);
    b->announced = NULL;
}

void bridge_listeners_open(struct bridge *b)
{
    for (struct list *l = b->listeners.next; l != &b->listeners; l = l->next)
        listener_open(b, LIST_OF(l, struct bridge_listener, link));
    announced_open(b);
}

void bridge_listeners_drop(struct bridge *b)
{
    for (struct list *l = b->listeners.next; l != &b->listeners; l = l->next) {
        natsSubscription_Destroy(LIST_OF(l, struct bridge_listener, link)->sub);
        LIST_OF(l, struct bridge_listener, link)->sub = NULL;
    }
    natsSubscription_Destroy(b->announced);
    b->announced = NULL;
}

static void listener_drain(struct bridge *b, struct bridge_listener *l)
{
    natsMsg *msg;

    b->hearing = l;
    for (int n = bridge_pending(l->sub); n > 0 && b->hearing; n--) {
        if (natsSubscription_NextMsg(&msg, l->sub, 0) != NATS_OK)
            break;
        l->frame(l->user, natsMsg_GetData(msg), (size_t)natsMsg_GetDataLength(msg));
        natsMsg_Destroy(msg);
    }
    b->hearing = NULL;
}

static void announced_drain(struct bridge *b)
{
    natsMsg *msg;

    for (int n = bridge_pending(b->announced); n > 0 && b->on_announced; n--) {
        if (natsSubscription_NextMsg(&msg, b->announced, 0) != NATS_OK)
            break;
        b->on_announced(b->announced_user, natsMsg_GetSubject(msg) + strlen(CS_CTL_TURN),
                        natsMsg_GetData(msg), (size_t)natsMsg_GetDataLength(msg));
        natsMsg_Destroy(msg);
    }
}

void bridge_listeners_drain(struct bridge *b)
{
    struct list round;

    list_init(&round);
    list_move(&round, &b->listeners);
    while (!list_empty(&round)) { /* a frame may end its listener, and others */
        struct bridge_listener *l = LIST_OF(round.next, struct bridge_listener, link);
        list_remove(&l->link);
        list_add(&b->listeners, &l->link);
        listener_drain(b, l);
    }
    announced_drain(b);
}
