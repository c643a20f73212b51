/* An ordered consumer of a stream, read from a sequence number on, to its end or for ever. */
#include "nats/tail.h"

#include "nats/bus.h"

#include <stdio.h>

/*
 * A silence of SILENCE_MS while the broker has more to send means that the subscription is lost, as may
 * happen when the broker restarts: the reading then begins again behind the last event that came. A reading
 * that follows waits for more anyway.
 */
enum { NEXT_MS = 500, SILENCE_MS = 5000, MAX_SILENCES = 4, CLOSE_MS = 2000 };

/* how far the reading is; 0: nothing has come */
struct tail_place {
    uint64_t stream_seq, consumer_seq;
};

enum tail_end { TAIL_OVER, TAIL_SILENT, TAIL_FAILED };

static int tail_complain(const char *what, natsStatus s)
{
    const char *detail = nats_GetLastError(NULL);

    fprintf(stderr, "%s: %s: %s\n", what, natsStatus_GetText(s), detail ? detail : "");
    return -1;
}

static natsStatus tail_subscribe(const struct cs_tail *t, jsCtx *js, uint64_t from,
                                 natsSubscription **ret)
{
    jsSubOptions so;

    jsSubOptions_Init(&so);
    so.Stream = t->stream;
    so.Ordered = true;
    so.Config.DeliverPolicy = from     ? js_DeliverByStartSequence
                              : t->all ? js_DeliverAll
                                       : js_DeliverNew;
    so.Config.OptStartSeq = from;
    return js_SubscribeSync(ret, js, t->filter, NULL, &so, NULL);
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

/* Hands one message on; false ends the reading. */
static bool event_hand_on(const struct cs_tail *t, natsMsg *msg, struct tail_place *at)
{
    jsMsgMetaData *meta = NULL;
    struct cs_tail_event e = {
        .msg = msg,
        .subject = natsMsg_GetSubject(msg),
        .time = cs_bus_header(msg, "ce-time"),
        .type = cs_bus_header(msg, "ce-type"),
        .id = cs_bus_header(msg, "ce-subject"),
        .event_id = cs_bus_header(msg, "ce-id"),
        .data = natsMsg_GetData(msg),
        .len = (size_t)natsMsg_GetDataLength(msg),
    };

    if (natsMsg_GetMetaData(&meta, msg) == NATS_OK) {
        e.seq = at->stream_seq = meta->Sequence.Stream;
        at->consumer_seq = meta->Sequence.Consumer;
        e.stored_ms = meta->Timestamp / 1000000;
    }
    jsMsgMetaData_Destroy(meta);
    return t->fn(t->state, &e);
}

static enum tail_end tail_read(const struct cs_tail *t, natsSubscription *sub,
                               struct tail_place *at)
{
    int silent_ms = 0;
    natsMsg *msg;

    at->consumer_seq = 0; /* each subscription makes a consumer of its own */
    for (;;) {
        natsStatus s = natsSubscription_NextMsg(&msg, sub, NEXT_MS);
        if (s == NATS_OK) {
            bool wanted = event_hand_on(t, msg, at);
            natsMsg_Destroy(msg);
            if (!wanted)
                return TAIL_OVER;
            silent_ms = 0;
        } else if (s != NATS_TIMEOUT) {
            tail_complain(t->stream, s);
            return TAIL_FAILED;
        } else if (!t->follow) {
            if (tail_is_over(sub, at->consumer_seq))
                return TAIL_OVER;
            silent_ms += NEXT_MS;
            if (silent_ms >= SILENCE_MS)
                return TAIL_SILENT;
        }
    }
}

int cs_tail(jsCtx *js, const struct cs_tail *t)
{
    struct tail_place at = {0};
    int silences = 0;

    while (silences < MAX_SILENCES) {
        uint64_t from = at.stream_seq ? at.stream_seq + 1 : t->since, before = at.stream_seq;
        natsSubscription *sub = NULL;
        natsStatus s = tail_subscribe(t, js, from, &sub);
        if (s != NATS_OK)
            return tail_complain(t->stream, s);
        enum tail_end end = tail_read(t, sub, &at);
        natsSubscription_Destroy(sub);
        if (end != TAIL_SILENT)
            return end == TAIL_OVER ? 0 : -1;
        silences = at.stream_seq > before ? 1 : silences + 1;
    }
    return tail_complain(t->stream, NATS_TIMEOUT);
}

bool cs_ops_open(struct cs_ops *o)
{
    natsStatus s;

    *o = (struct cs_ops){0};
    if (cs_bus_connect_ops(&o->nc) != NATS_OK)
        return false;
    s = natsConnection_JetStream(&o->js, o->nc, NULL);
    if (s == NATS_OK)
        return true;
    tail_complain("JetStream", s);
    cs_ops_close(o);
    return false;
}

void cs_ops_close(struct cs_ops *o)
{
    jsCtx_Destroy(o->js);
    natsConnection_Destroy(o->nc);
    *o = (struct cs_ops){0};
    nats_CloseAndWait(CLOSE_MS);
}
