/* Streams and consumers, created or brought up to date with retries while the broker starts. */
#include "nats/streams.h"

#include "base/clock.h"
#include "base/env.h"
#include "nats/bus.h"
#include "nats/permission.h"

#include <stdio.h>

enum { PATIENCE_MS = 60 * 1000, PAUSE_MS = 250, WAIT_MS = 5000 };

#define SECONDS(n_) ((int64_t)(n_)*1000 * 1000 * 1000)
#define DAYS(n_) SECONDS((n_)*24 * 60 * 60)
#define MIB(n_) ((int64_t)(n_)*1024 * 1024)

static const char jobs[] = "CHATSPHERE_JOBS", events[] = "CHATSPHERE_EVENTS";

struct stream {
    const char *name, *subject;
    jsStorageType storage;
    jsRetentionPolicy retention;
    jsDiscardPolicy discard;
    int64_t max_age, max_bytes;
    bool direct; /* any replica may read a message back */
};

static const struct stream streams[] = {
    /* first: cs_streams_make_turns() */
    {"CHATSPHERE_TURNS", "chatsphere.turn.>", js_MemoryStorage, js_LimitsPolicy, js_DiscardOld,
     SECONDS(300), MIB(64), true},
    /* full: the publisher is told, and the ticket waits in the outbox */
    {jobs, "chatsphere.job.v1.>", js_FileStorage, js_WorkQueuePolicy, js_DiscardNew, 0, MIB(256),
     false},
    /* twice what a workspace may cause in 7 days in the four services that publish: EVENT_MB */
    {events, "chatsphere.event.v1.>", js_FileStorage, js_LimitsPolicy, js_DiscardOld, DAYS(7),
     MIB(2048), false},
    {"CHATSPHERE_DLQ", "chatsphere.dlq.v1.>", js_FileStorage, js_LimitsPolicy, js_DiscardOld,
     DAYS(30), MIB(256), false},
};

static int streams_complain(const char *what, natsStatus s, jsErrCode code)
{
    const char *detail = nats_GetLastError(NULL);

    fprintf(stderr, "%s: %s (%d): %s\n", what, natsStatus_GetText(s), (int)code,
            detail ? detail : "");
    return -1;
}

static natsStatus connect_once(natsConnection **ret)
{
    natsOptions *o = NULL;
    natsStatus s = cs_bus_options(&o, "ops", true);

    if (s == NATS_OK)
        s = natsConnection_Connect(ret, o);
    natsOptions_Destroy(o);
    return s;
}

natsStatus cs_bus_connect_ops(natsConnection **ret)
{
    int64_t until = cs_mono_ms() + PATIENCE_MS;
    natsStatus s;

    /* credentials that are missing or wrong do not become better by waiting */
    while ((s = connect_once(ret)) == NATS_NO_SERVER || s == NATS_TIMEOUT || s == NATS_IO_ERROR ||
           s == NATS_CONNECTION_CLOSED) {
        if (cs_mono_ms() > until)
            break;
        cs_sleep_ms(PAUSE_MS);
    }
    if (s != NATS_OK)
        streams_complain(cs_env("NATS_URL"), s, 0);
    if (s == NATS_NO_SERVER)
        fprintf(stderr, "no broker answers there; CHATSPHERE_NATS_URL names it\n");
    return s;
}

static natsStatus put_stream(jsCtx *js, const struct stream *t, bool update, jsErrCode *ret_code)
{
    const char *subjects[] = {t->subject};
    jsStreamConfig c;
    natsStatus s = NATS_OK;

    jsStreamConfig_Init(&c);
    c.Name = t->name;
    c.Subjects = subjects;
    c.SubjectsLen = 1;
    c.Storage = t->storage;
    c.Retention = t->retention;
    c.Discard = t->discard;
    c.MaxAge = t->max_age;
    c.MaxBytes = t->max_bytes;
    c.Duplicates = SECONDS(120);
    c.AllowDirect = t->direct;
    /* an update comes first: to add a stream that is there counts its bytes twice against the broker's limit */
    if (update)
        s = js_UpdateStream(NULL, js, &c, NULL, ret_code);
    if (!update || *ret_code == JSStreamNotFoundErr) {
        *ret_code = 0;
        s = js_AddStream(NULL, js, &c, NULL, ret_code);
    }
    return s != NATS_OK && !update && *ret_code == JSStreamNameExistErr ? NATS_OK : s;
}

natsStatus cs_streams_make_turns(jsCtx *js)
{
    jsErrCode code = 0;

    return put_stream(js, &streams[0], false, &code);
}

/* max_deliver stays open: the job runtime counts, and buries what fails for good */
static int make_consumer(jsCtx *js, const char *stream, const char *durable, const char *filter)
{
    jsConsumerConfig c;
    jsErrCode code = 0;
    natsStatus s;

    jsConsumerConfig_Init(&c);
    c.Durable = durable;
    c.FilterSubject = filter;
    c.AckPolicy = js_AckExplicit;
    c.AckWait = SECONDS(30);
    c.MaxDeliver = -1;
    s = js_AddConsumer(NULL, js, stream, &c, NULL, &code);
    return s == NATS_OK ? 0 : streams_complain(durable, s, code);
}

static int make_consumers(jsCtx *js, const struct cs_node *n)
{
    char durable[128], filter[128];

    snprintf(filter, sizeof(filter), "chatsphere.job.v1.%s.>", n->service);
    if (n->has_jobs && make_consumer(js, jobs, n->service, filter) < 0)
        return -1;
    for (const char *const *e = n->reacts; *e; e++) {
        cs_durable_name(n->service, *e, durable, sizeof(durable));
        cs_event_filter(*e, filter, sizeof(filter));
        if (make_consumer(js, events, durable, filter) < 0)
            return -1;
    }
    return 0;
}

static int make_all(jsCtx *js)
{
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        jsErrCode code = 0;
        natsStatus s = put_stream(js, &streams[i], true, &code);
        if (s != NATS_OK)
            return streams_complain(streams[i].name, s, code);
    }
    for (const struct cs_node *n = cs_topology; n->service; n++)
        if (make_consumers(js, n) < 0)
            return -1;
    return 0;
}

int cs_streams_make(void)
{
    natsConnection *nc = NULL;
    jsCtx *js = NULL;
    jsOptions o;
    natsStatus s;
    int r = -1;

    if (cs_bus_connect_ops(&nc) != NATS_OK)
        return -1;
    jsOptions_Init(&o);
    o.Wait = WAIT_MS;
    s = natsConnection_JetStream(&js, nc, &o);
    if (s == NATS_OK)
        r = make_all(js);
    else
        streams_complain("JetStream", s, 0);
    jsCtx_Destroy(js);
    natsConnection_Destroy(nc);
    nats_CloseAndWait(WAIT_MS);
    return r;
}
