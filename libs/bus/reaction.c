/* An event of another service becomes a background call of the reaction's function. */
#include "bus/reaction.h"

#include "base/id.h"
#include "base/log.h"
#include "bus/puller.h"
#include "bus/stop.h"
#include "nats/permission.h"
#include "obs/metrics.h"
#include "pbjson/pbjson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TENANT_TOKEN = 3, BOT_TOKEN = 4, MAX_DELAY_MS = 60 * 1000 };

/* chatsphere.event.v1.<tenant>.<bot or _>.<aggregate>.<event> */
static int react(struct cs_puller *p, struct cs_call *call, natsMsg *msg)
{
    const struct cs_reaction *row = p->arg;
    const char *bot = cs_subject_token(call->arena, natsMsg_GetSubject(msg), BOT_TOKEN);
    const char *id = cs_bus_header(msg, "ce-subject");

    if (bot && strcmp(bot, "_") == 0)
        bot = NULL;
    return cs_background_wait(p->call, row->fn(call, bot, id));
}

/* for ever: what another has erased must go here too */
static int64_t delay_ms(uint64_t delivered)
{
    return delivered < 6 ? (int64_t)1000 << delivered : MAX_DELAY_MS;
}

static void count(const struct cs_reaction *row, bool ok, int n)
{
    char labels[128];

    snprintf(labels, sizeof(labels), "event=\"%s\",result=\"%s\"", row->event,
             ok ? "done" : "again");
    cs_metric_add(cs_counter("cs_reactions_total", labels, "Events of others acted on"), n);
}

static void on_event(struct cs_puller *p, natsMsg *msg)
{
    const struct cs_reaction *row = p->arg;
    struct cs_arena a;

    cs_arena_init(&a);
    struct cs_call *call = cs_background_begin(
        p->call, &(struct cs_background){
                     .tenant = cs_subject_token(&a, natsMsg_GetSubject(msg), TENANT_TOKEN),
                     .traceparent = cs_bus_header(msg, "ce-traceparent"),
                     .what = cs_printf(&a, "event.%s", row->event),
                     .received = true,
                 });
    bool ok = react(p, call, msg) == 0;
    cs_background_end(p->call);
    if (ok)
        cs_pull_ack(p, msg);
    else
        cs_pull_again(p, msg, cs_stopping() ? CS_LEAVE_MS : delay_ms(cs_pull_delivered(msg)));
    count(row, ok, 1);
    cs_arena_dispose(&a);
}

/* false: it makes no sense, and never will */
static bool read_event(struct cs_call *call, const struct cs_reaction *row, natsMsg *msg,
                       struct cs_happened *ret)
{
    *ret = (struct cs_happened){
        .tenant = cs_subject_token(call->arena, natsMsg_GetSubject(msg), TENANT_TOKEN),
        .id = cs_bus_header(msg, "ce-subject"),
        .payload = pbjson_unpack(call->arena, row->payload, natsMsg_GetData(msg),
                                 (size_t)natsMsg_GetDataLength(msg)),
    };
    if (ret->payload && ret->tenant && ret->id && cs_id_valid(ret->tenant) && cs_id_valid(ret->id))
        return true;
    cs_log(CS_ERROR, "an event cannot be read", "subject", natsMsg_GetSubject(msg), NULL);
    return false;
}

static void on_events(struct cs_puller *p, natsMsg **msgs, int n)
{
    const struct cs_reaction *row = p->arg;
    char what[64];

    snprintf(what, sizeof(what), "event.%s", row->event);
    struct cs_call *call = cs_background_begin(p->call, &(struct cs_background){.what = what});
    struct cs_happened *events = CS_NEW(call->arena, struct cs_happened, n);
    size_t n_events = 0;
    bool ok = true;

    for (int i = 0; i < n; i++)
        n_events += read_event(call, row, msgs[i], &events[n_events]);
    if (n_events > 0)
        ok = cs_background_wait(p->call, row->many(call, events, n_events)) == 0;
    cs_background_end(p->call);
    for (int i = 0; i < n; i++) {
        if (ok)
            natsMsg_Ack(msgs[i], NULL);
        else
            cs_pull_again(p, msgs[i], cs_stopping() ? CS_LEAVE_MS : delay_ms(1));
    }
    count(row, ok, n);
}

void cs_reactions_start(const struct cs_reaction *reactions)
{
    for (const struct cs_reaction *r = reactions; r->event; r++) {
        struct cs_puller *p = calloc(1, sizeof(*p));
        if (!p)
            abort();
        p->stream = "CHATSPHERE_EVENTS";
        cs_durable_name(cs_bus.node->service, r->event, p->durable, sizeof(p->durable));
        p->fn = on_event;
        p->many = r->many ? on_events : NULL;
        p->arg = r;
        cs_puller_start(p);
    }
}
