/*
 * An ordered consumer of the event stream, read from a sequence number or a time to its end or for
 * ever.
 */
#include "nats/tail.h"

#include "nats/bus.h"

#include <stdio.h>

enum { NEXT_MS = 500, CLOSE_MS = 2000 };

static const char stream[] = "CHATSPHERE_EVENTS";

static int tail_complain(natsStatus s)
{
    const char *detail = nats_GetLastError(NULL);

    fprintf(stderr, "%s: %s: %s\n", stream, natsStatus_GetText(s), detail ? detail : "");
    return -1;
}

static natsStatus tail_subscribe(const struct cs_tail *t, jsCtx *js, natsSubscription **ret)
{
    char subject[128];
    jsSubOptions so;

    snprintf(subject, sizeof(subject), "chatsphere.event.v1.%s.>", t->tenant ? t->tenant : "*");
    jsSubOptions_Init(&so);
    so.Stream = stream;
    so.Ordered = true;
    so.Config.DeliverPolicy = t->all     ? js_DeliverAll
                              : t->since ? js_DeliverByStartSequence
                                         : js_DeliverNew;
    so.Config.OptStartSeq = t->since;
    return js_SubscribeSync(ret, js, subject, NULL, &so, NULL);
}

/* true when the consumer has nothing for us, neither sent nor to be sent */
static bool nothing_there(natsSubscription *sub)
{
    jsConsumerInfo *info = NULL;
    bool none = natsSubscription_GetConsumerInfo(&info, sub, NULL, NULL) == NATS_OK &&
                info->NumPending == 0 && info->Delivered.Consumer == 0;

    jsConsumerInfo_Destroy(info);
    return none;
}

/* Hands one message on; *ret_more says whether the stream has more of them now. */
static bool event_hand_on(const struct cs_tail *t, natsMsg *msg, bool *ret_more)
{
    jsMsgMetaData *meta = NULL;
    struct cs_tail_event e = {
        .subject = natsMsg_GetSubject(msg),
        .time = cs_bus_header(msg, "ce-time"),
        .type = cs_bus_header(msg, "ce-type"),
        .id = cs_bus_header(msg, "ce-subject"),
        .event_id = cs_bus_header(msg, "ce-id"),
        .data = natsMsg_GetData(msg),
        .len = (size_t)natsMsg_GetDataLength(msg),
    };

    *ret_more = false;
    if (natsMsg_GetMetaData(&meta, msg) == NATS_OK) {
        e.seq = meta->Sequence.Stream;
        *ret_more = meta->NumPending > 0;
    }
    jsMsgMetaData_Destroy(meta);
    return t->fn(t->state, &e);
}

static int tail_read_all(const struct cs_tail *t, natsSubscription *sub)
{
    bool more = t->follow || !nothing_there(sub), wanted = true;
    natsMsg *msg;

    /* the pending count of a restarted server can be one too low: the end is a silence */
    while (wanted) {
        natsStatus s = natsSubscription_NextMsg(&msg, sub, NEXT_MS);
        if (s == NATS_TIMEOUT && (more || t->follow))
            continue;
        if (s == NATS_TIMEOUT)
            return 0;
        if (s != NATS_OK)
            return tail_complain(s);
        wanted = event_hand_on(t, msg, &more);
        natsMsg_Destroy(msg);
    }
    return 0;
}

int cs_tail(const struct cs_tail *t)
{
    natsConnection *nc = NULL;
    natsSubscription *sub = NULL;
    jsCtx *js = NULL;
    natsStatus s;
    int r;

    if (cs_bus_connect_ops(&nc) != NATS_OK)
        return -1;
    s = natsConnection_JetStream(&js, nc, NULL);
    if (s == NATS_OK)
        s = tail_subscribe(t, js, &sub);
    r = s == NATS_OK ? tail_read_all(t, sub) : tail_complain(s);
    natsSubscription_Destroy(sub);
    jsCtx_Destroy(js);
    natsConnection_Destroy(nc);
    nats_CloseAndWait(CLOSE_MS);
    return r;
}
