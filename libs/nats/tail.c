/*
 * An ordered consumer of the event stream, read from a sequence number or a time to its end or for
 * ever.
 */
#include "nats/tail.h"

#include "nats/bus.h"

#include <stdio.h>

/* so long may the broker say nothing though it has more: a restart takes less */
enum { NEXT_MS = 500, SILENCE_MS = 20000, CLOSE_MS = 2000 };

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

/*
 * true when the consumer has nothing more for us: none are pending, and none were sent beyond the last
 * that came. What a message says of those pending is not asked: it is wrong after a restart of the
 * broker, and when messages are deleted meanwhile.
 */
static bool tail_is_over(natsSubscription *sub, uint64_t last)
{
    jsConsumerInfo *info = NULL;
    bool over = natsSubscription_GetConsumerInfo(&info, sub, NULL, NULL) == NATS_OK &&
                info->NumPending == 0 && info->Delivered.Consumer <= last;

    jsConsumerInfo_Destroy(info);
    return over;
}

/* Hands one message on; *ret_last is its number in the consumer. */
static bool event_hand_on(const struct cs_tail *t, natsMsg *msg, uint64_t *ret_last)
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

    if (natsMsg_GetMetaData(&meta, msg) == NATS_OK) {
        e.seq = meta->Sequence.Stream;
        *ret_last = meta->Sequence.Consumer;
    }
    jsMsgMetaData_Destroy(meta);
    return t->fn(t->state, &e);
}

static int tail_read_all(const struct cs_tail *t, natsSubscription *sub)
{
    uint64_t last = 0;
    int silent_ms = 0;
    natsMsg *msg;

    for (;;) {
        natsStatus s = natsSubscription_NextMsg(&msg, sub, NEXT_MS);
        if (s == NATS_OK) {
            bool wanted = event_hand_on(t, msg, &last);
            natsMsg_Destroy(msg);
            if (!wanted)
                return 0;
            silent_ms = 0;
        } else if (s != NATS_TIMEOUT) {
            return tail_complain(s);
        } else if (!t->follow) {
            if (tail_is_over(sub, last))
                return 0;
            silent_ms += NEXT_MS;
            if (silent_ms >= SILENCE_MS)
                return tail_complain(NATS_TIMEOUT);
        }
    }
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
