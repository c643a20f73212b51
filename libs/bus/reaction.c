/* Events of other services become background calls of the reaction's function, and are settled one by one. */
#include "bus/reaction.h"

#include "base/id.h"
#include "base/log.h"
#include "bus/background.h"
#include "bus/puller.h"
#include "bus/stop.h"
#include "nats/permission.h"
#include "nats/wire.h"
#include "obs/metrics.h"
#include "pbjson/pbjson.h"
#include "pg/pg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TENANT_TOKEN = 3,
    BOT_TOKEN,
    AGGREGATE_TOKEN,
    EVENT_TOKEN,
    MAX_DELAY_MS = 16 * 1000,
    AWAY_MS = 1000
};

static const struct cs_stmt DATABASE_PING = {"database_ping", "select 1"};

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

int64_t cs_reaction_delay_ms(uint64_t delivered)
{
    return delivered > 0 && delivered < 5 ? (int64_t)1000 << (delivered - 1) : MAX_DELAY_MS;
}

static void reaction_fail(struct cs_arena *a, struct cs_reacted *e, enum cs_verdict v,
                          const char *reason, const char *request_id)
{
    e->verdict = v;
    e->reason = cs_strdup(a, reason);
    e->request_id = cs_strdup(a, request_id);
}

/* ---- running ---- */

/* one round of a row */
struct round {
    struct cs_call_state *state;
    struct cs_arena *arena;
    const struct cs_reaction *row;
};

/* An event of which no other delivery would be any better is dead before it is tried. */
static bool event_open(const struct round *t, struct cs_reacted *e)
{
    const struct cs_reaction *row = t->row;
    bool good = cs_event_read(t->arena, e->msg, &e->event);

    if (good && row->many) {
        e->payload = pbjson_unpack(t->arena, row->payload, e->event.data, e->event.len);
        good = e->payload && cs_id_valid(e->event.subject);
    }
    if (!good) {
        reaction_fail(t->arena, e, CS_DEAD, "The event cannot be read.", NULL);
    } else if (e->delivered > CS_MAX_DELIVERIES) { /* it takes its process down with it */
        reaction_fail(t->arena, e, CS_DEAD, "The reaction was interrupted too often.", NULL);
        good = false;
    }
    return good;
}

static int reaction_call(const struct round *t, struct cs_reacted *const *events, int n)
{
    const struct cs_reaction *row = t->row;
    const struct cs_event_raw *first = &events[0]->event;
    struct cs_call *call = cs_background_begin(
        t->state,
        &(struct cs_background){
            .tenant = row->many ? NULL : first->tenant,
            .traceparent = row->many ? NULL : cs_bus_header(events[0]->msg, "ce-traceparent"),
            .what = cs_printf(t->arena, "event.%s.%s", first->aggregate, first->event),
            .received = !row->many,
        });
    struct cs_happened *happened;

    if (row->raw)
        return cs_background_wait(t->state, row->raw(call, first));
    if (row->fn)
        return cs_background_wait(t->state, row->fn(call, first->bot, first->subject));
    happened = CS_NEW(call->arena, struct cs_happened, n);
    for (int i = 0; i < n; i++)
        happened[i] = (struct cs_happened){.tenant = events[i]->event.tenant,
                                           .id = events[i]->event.subject,
                                           .payload = events[i]->payload};
    return cs_background_wait(t->state, row->many(call, happened, (size_t)n));
}

/* A try counts when the database answers: that it is away is the fault of no event. */
static int reaction_try(const struct round *t, struct cs_reacted *const *events, int n)
{
    int r;

    while ((r = reaction_call(t, events, n)) != 0 && !cs_stopping()) {
        const struct cs_call *call = t->state->call;
        if (!call->pg || (call->status != CS_OVERLOADED && call->status != CS_TIMEOUT))
            break;
        cs_pg_begin(call->pg, NULL);
        if (cs_pg_last(call->pg, &DATABASE_PING))
            break;
        cs_background_end(t->state);
        cs_stop_wait(AWAY_MS);
    }
    return r;
}

static void reaction_group(const struct round *t, struct cs_reacted *const *events, int n)
{
    int r = cs_stopping() ? -1 : reaction_try(t, events, n);
    const struct cs_call *call = t->state->call;
    bool halve = r != 0 && n > 1 && !cs_stopping();

    for (int i = 0; i < n && !halve; i++) {
        if (r == 0)
            events[i]->verdict = CS_DONE;
        else if (cs_stopping())
            reaction_fail(t->arena, events[i], CS_AGAIN, "The process stops.", NULL);
        else
            reaction_fail(t->arena, events[i],
                          cs_verdict_of(r, call->status, events[i]->delivered, CS_MAX_DELIVERIES),
                          cs_dead_reason(call), call->request_id);
    }
    cs_background_end(t->state);
    if (halve) {
        reaction_group(t, events, n / 2);
        reaction_group(t, events + n / 2, n - n / 2);
    }
}

void cs_reaction_run(struct cs_call_state *s, struct cs_arena *a, const struct cs_reaction *row,
                     struct cs_reacted *events, int n)
{
    const struct round t = {s, a, row};
    struct cs_reacted **fresh = CS_NEW(a, struct cs_reacted *, n),
                      **again = CS_NEW(a, struct cs_reacted *, n);
    int n_fresh = 0, n_again = 0;

    for (int i = 0; i < n; i++) {
        if (!event_open(&t, &events[i]))
            continue;
        if (row->many && events[i].delivered == 1)
            fresh[n_fresh++] = &events[i];
        else
            again[n_again++] = &events[i];
    }
    if (n_fresh > 0)
        reaction_group(&t, fresh, n_fresh);
    for (int i = 0; i < n_again; i++)
        reaction_group(&t, &again[i], 1);
}

/* ---- settling ---- */

static bool event_bury(const struct cs_puller *p, struct cs_arena *a, const struct cs_reacted *e)
{
    const char *wire = natsMsg_GetSubject(e->msg);

    return cs_dead_letter_send(
        a, e->msg,
        &(struct cs_dead_letter){
            .kind = "event",
            .consumer = p->durable,
            .name = cs_printf(a, "%s_%s", cs_subject_token(a, wire, AGGREGATE_TOKEN),
                              cs_subject_token(a, wire, EVENT_TOKEN)),
            .tenant = cs_subject_token(a, wire, TENANT_TOKEN),
            .reason = e->reason,
            .request_id = e->request_id,
            .delivered = e->delivered,
        });
}

static void reaction_settle(struct cs_puller *p, struct cs_arena *a, struct cs_reacted *e)
{
    static const char *const results[] = {"done", "again", "dead"};
    const struct cs_reaction *row = p->arg;
    char labels[128];

    if (e->verdict == CS_DEAD && !event_bury(p, a, e))
        e->verdict = CS_AGAIN;
    if (e->verdict == CS_DONE && p->many)
        cs_pull_ack_soon(p, e->msg);
    else if (e->verdict == CS_DONE)
        cs_pull_ack(p, e->msg);
    else if (e->verdict == CS_DEAD)
        cs_pull_drop(p, e->msg);
    else
        cs_pull_again(p, e->msg, cs_stopping() ? CS_LEAVE_MS : cs_reaction_delay_ms(e->delivered));
    snprintf(labels, sizeof(labels), "event=\"%s\",result=\"%s\"", row->event, results[e->verdict]);
    cs_metric_add(cs_counter("cs_reactions_total", labels, "Events of others acted on"), 1);
}

static void on_events(struct cs_puller *p, natsMsg **msgs, int n)
{
    struct cs_reacted *events;
    struct cs_arena a; /* outlives the calls' */
    int n_events = 0;

    cs_arena_init(&a);
    a.ceiling = CS_CALL_MEMORY;
    events = CS_NEW(&a, struct cs_reacted, n);
    for (int i = 0; i < n; i++) {
        /* A replayed event is for one consumer; the others had it when it was new. */
        const char *replay = cs_bus_header(msgs[i], CS_H_REPLAY);

        if (!replay || strcmp(replay, p->durable) == 0)
            events[n_events++] =
                (struct cs_reacted){.msg = msgs[i], .delivered = cs_pull_delivered(msgs[i])};
        else
            cs_pull_ack_soon(p, msgs[i]);
    }
    cs_reaction_run(p->call, &a, p->arg, events, n_events);
    for (int i = 0; i < n_events; i++)
        reaction_settle(p, &a, &events[i]);
    cs_arena_dispose(&a);
}

static void on_event(struct cs_puller *p, natsMsg *msg)
{
    on_events(p, &msg, 1);
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
