#include "bus/reaction.h"

#include "base/log.h"
#include "bus/permission.h"
#include "bus/puller.h"
#include "bus/stop.h"
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
    if (row->payload &&
        !(call->req = pbjson_unpack(call->arena, row->payload, natsMsg_GetData(msg),
                                    (size_t)natsMsg_GetDataLength(msg))))
        return cs_fail_internal(call, "the payload of an event cannot be read");
    return cs_later_wait(p->call, row->fn(call, bot, id));
}

/* for ever: what another has erased must go here too */
static int64_t delay_ms(uint64_t delivered)
{
    return delivered < 6 ? (int64_t)1000 << delivered : MAX_DELAY_MS;
}

static void on_event(struct cs_puller *p, natsMsg *msg)
{
    const struct cs_reaction *row = p->arg;
    struct cs_arena a;
    char labels[128];

    cs_arena_init(&a);
    struct cs_call *call = cs_background_begin(
        p->call, &(struct cs_background){
                     .tenant = cs_subject_token(&a, natsMsg_GetSubject(msg), TENANT_TOKEN),
                     .traceparent = cs_bus_header(msg, "ce-traceparent"),
                     .what = cs_printf(&a, "event.%s", row->event),
                 });
    bool ok = react(p, call, msg) == 0;
    cs_background_end(p->call);
    if (ok)
        cs_pull_ack(p, msg);
    else
        cs_pull_again(p, msg, cs_stopping() ? CS_LEAVE_MS : delay_ms(cs_pull_delivered(msg)));
    snprintf(labels, sizeof(labels), "event=\"%s\",result=\"%s\"", row->event,
             ok ? "done" : "again");
    cs_metric_add(cs_counter("cs_reactions_total", labels, "Events of others acted on"), 1);
    cs_arena_dispose(&a);
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
        p->arg = r;
        cs_puller_start(p);
    }
}
