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

enum { TENANT_TOKEN = 3, BOT_TOKEN, AGGREGATE_TOKEN, EVENT_TOKEN, MAX_DELAY_MS = 60 * 1000 };

bool cs_event_read(struct cs_arena *a, natsMsg *msg, struct cs_event_raw *ret)
{
    const char *wire = natsMsg_GetSubject(msg);
    const char *version = cs_bus_header(msg, "ce-aggregateversion");
    const char *bot = cs_subject_token(a, wire, BOT_TOKEN);

    *ret = (struct cs_event_raw){
        .wire = wire,
        .tenant = cs_subject_token(a, wire, TENANT_TOKEN),
        .bot = bot && strcmp(bot, "_") == 0 ? NULL : bot,
        .aggregate = cs_subject_token(a, wire, AGGREGATE_TOKEN),
        .event = cs_subject_token(a, wire, EVENT_TOKEN),
        .id = cs_bus_header(msg, "ce-id"),
        .type = cs_bus_header(msg, "ce-type"),
        .source = cs_bus_header(msg, "ce-source"),
        .subject = cs_bus_header(msg, "ce-subject"),
        .time = cs_bus_header(msg, "ce-time"),
        .dataschema = cs_bus_header(msg, "ce-dataschema"),
        .version = version ? strtoll(version, NULL, 10) : 0,
        .data = natsMsg_GetData(msg),
        .len = (size_t)natsMsg_GetDataLength(msg),
    };
    if (ret->event && ret->id && ret->type && ret->subject && cs_id_valid(ret->tenant))
        return true;
    cs_log(CS_ERROR, "an event cannot be read", "subject", wire, NULL);
    return false;
}

/* for ever: what another has erased must go here too */
static int64_t reaction_delay_ms(uint64_t delivered)
{
    return delivered < 6 ? (int64_t)1000 << delivered : MAX_DELAY_MS;
}

static void reaction_count(const struct cs_reaction *row, bool ok, int n)
{
    char labels[128];

    snprintf(labels, sizeof(labels), "event=\"%s\",result=\"%s\"", row->event,
             ok ? "done" : "again");
    cs_metric_add(cs_counter("cs_reactions_total", labels, "Events of others acted on"), n);
}

static void on_event(struct cs_puller *p, natsMsg *msg)
{
    const struct cs_reaction *row = p->arg;
    struct cs_event_raw e;
    struct cs_arena a;

    cs_arena_init(&a);
    if (!cs_event_read(&a, msg, &e)) { /* the next delivery would be no better */
        cs_pull_drop(p, msg);
        cs_arena_dispose(&a);
        return;
    }
    struct cs_call *call =
        cs_background_begin(p->call, &(struct cs_background){
                                         .tenant = e.tenant,
                                         .traceparent = cs_bus_header(msg, "ce-traceparent"),
                                         .what = cs_printf(&a, "event.%s.%s", e.aggregate, e.event),
                                         .received = true,
                                     });
    int r = row->raw ? row->raw(call, &e) : row->fn(call, e.bot, e.subject);
    bool ok = cs_background_wait(p->call, r) == 0;
    cs_background_end(p->call);
    if (ok)
        cs_pull_ack(p, msg);
    else
        cs_pull_again(p, msg,
                      cs_stopping() ? CS_LEAVE_MS : reaction_delay_ms(cs_pull_delivered(msg)));
    reaction_count(row, ok, 1);
    cs_arena_dispose(&a);
}

/* false: it cannot be read, and never will be */
static bool reaction_unpack(struct cs_call *call, const struct cs_reaction *row, natsMsg *msg,
                            struct cs_happened *ret)
{
    struct cs_event_raw e;

    if (!cs_event_read(call->arena, msg, &e))
        return false;
    *ret = (struct cs_happened){
        .tenant = e.tenant,
        .id = e.subject,
        .payload = pbjson_unpack(call->arena, row->payload, e.data, e.len),
    };
    if (ret->payload && cs_id_valid(ret->id))
        return true;
    cs_log(CS_ERROR, "the payload of an event cannot be read", "subject", e.wire, NULL);
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
        n_events += reaction_unpack(call, row, msgs[i], &events[n_events]);
    if (n_events > 0)
        ok = cs_background_wait(p->call, row->many(call, events, n_events)) == 0;
    cs_background_end(p->call);
    for (int i = 0; i < n; i++) {
        if (ok)
            natsMsg_Ack(msgs[i], NULL);
        else
            cs_pull_again(p, msgs[i], cs_stopping() ? CS_LEAVE_MS : reaction_delay_ms(1));
    }
    reaction_count(row, ok, n);
}

/* a consumer that nobody reads would keep every event of its kind pending for ever */
bool cs_reactions_listed(const struct cs_reaction *reactions, const struct cs_node *node)
{
    bool ok = true;

    for (const struct cs_reaction *r = reactions; r && r->event; r++) {
        const char *const *e = node->reacts;
        while (*e && strcmp(*e, r->event) != 0)
            e++;
        if (*e)
            continue;
        fprintf(stderr, "%s reacts to %s, which is not in its row of the topology\n", node->service,
                r->event);
        ok = false;
    }
    for (const char *const *e = node->reacts; *e; e++) {
        const struct cs_reaction *r = reactions;
        while (r && r->event && strcmp(r->event, *e) != 0)
            r++;
        if (r && r->event)
            continue;
        fprintf(stderr, "%s has no reaction to %s, which is in its row of the topology\n",
                node->service, *e);
        ok = false;
    }
    return ok;
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
