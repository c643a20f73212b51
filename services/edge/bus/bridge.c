/* Slots of calls under way, publishing, and what a reply, a frame or a deadline does to a slot. */
#include "edge/bus/bridge_impl.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/id.h"
#include "bus/rpc_span.h"
#include "nats/bus.h"
#include "nats/topology.h"
#include "nats/wire.h"
#include "obs/metrics.h"

#include <stdlib.h>
#include <string.h>

enum { TRIES = 3, IDLE_MS = 1000, FIRST_SLOTS = 256, NO_SLOT = UINT32_MAX };

static const int retry_ms[TRIES] = {0, 25, 100};

/* ---- slots ---- */

static void slots_grow(struct bridge *b)
{
    uint32_t n = b->n_slots ? b->n_slots * 2 : FIRST_SLOTS;

    b->slots = realloc(b->slots, n * sizeof(*b->slots));
    if (!b->slots)
        abort();
    for (uint32_t i = b->n_slots; i < n; i++)
        b->slots[i] = (struct bridge_slot){.next_free = i + 1 < n ? i + 1 : NO_SLOT};
    b->free_slot = b->n_slots;
    b->n_slots = n;
}

static void slot_take(struct bridge *b, struct bridge_call *call)
{
    if (b->free_slot == NO_SLOT)
        slots_grow(b);
    call->id.slot = b->free_slot;
    call->open = true;
    b->free_slot = b->slots[call->id.slot].next_free;
    b->slots[call->id.slot].call = call;
}

static void slot_give(struct bridge *b, struct bridge_call *call)
{
    struct bridge_slot *s = &b->slots[call->id.slot];

    s->call = NULL;
    s->next_free = b->free_slot;
    b->free_slot = call->id.slot;
    call->open = false;
}

/* NULL when the token is of no open call */
static struct bridge_call *slot_find(const struct bridge *b, const char *token)
{
    struct cs_reply id;

    if (!cs_reply_parse(token, &id) || id.slot >= b->n_slots)
        return NULL;
    struct bridge_call *call = b->slots[id.slot].call;
    return call && call->id.word == id.word ? call : NULL;
}

/* ---- ends of a call ---- */

/* status 0: the call was given up */
static void end_span(struct bridge_call *call, int status)
{
    cs_rpc_span_end(call->span, call->rpc, status, CS_INVALID);
    call->span = NULL;
}

static void call_finish(struct bridge *b, struct bridge_call *call,
                        const struct bridge_reply *reply)
{
    end_span(call, reply->status ? reply->status : 200);
    list_remove(&call->link);
    call->waiting = false;
    if (call->frames == BRIDGE_NO_FRAMES)
        slot_give(b, call);
    call->done(call->user, reply);
}

static void call_fail(struct bridge *b, struct bridge_call *call, int status, const char *detail)
{
    call_finish(b, call, &(struct bridge_reply){.status = status, .detail = detail});
}

static void wait_for_retry(struct bridge *b, struct bridge_call *call)
{
    uint8_t jitter;

    cs_random(&jitter, sizeof(jitter));
    call->due_ms = cs_mono_ms() + retry_ms[call->tries] + jitter % 16;
    call->waiting = true;
    list_remove(&call->link);
    list_add(&b->waiting, &call->link);
}

static bool may_retry(const struct bridge_call *call)
{
    return call->tries < TRIES && !call->ping;
}

void bridge_cancel(struct bridge *b, struct bridge_call *call, bool tell)
{
    char subject[sizeof(CS_CTL_CANCEL) + BRIDGE_TOKEN];

    if (!call->open)
        return;
    end_span(call, 0);
    if (tell && list_linked(&call->link) && b->connected) {
        snprintf(subject, sizeof(subject), CS_CTL_CANCEL "%s", call->cancel);
        natsConnection_Publish(b->nc, subject, NULL, 0);
    }
    list_remove(&call->link);
    slot_give(b, call);
}

/* ---- publishing ---- */

/* Each try has a signature of its own, since a service accepts one once. NULL: none is needed. */
static const char *bridge_sign(struct bridge *b, const struct bridge_call *call)
{
    if (call->ping || call->rpc->read_only)
        return NULL;
    struct cs_context c = {
        .service = call->rpc->service,
        .method = call->rpc->method,
        .body = call->data,
        .len = call->len,
        .request_id = call->request_id,
        .tenant = call->tenant,
        .principal = call->principal,
        .roles = call->roles,
        .session = call->session,
        .idempotency_key = call->idempotency_key,
    };
    return cs_context_sign(&b->scratch, b->settings->signer, &c);
}

static natsStatus set_headers(struct bridge *b, natsMsg *msg, const struct bridge_call *call)
{
    char deadline[24], token[CS_REPLY_TOKEN], frames[4 * BRIDGE_TOKEN];
    const char *subject = call->frames == BRIDGE_NO_FRAMES ? NULL : frames;

    snprintf(deadline, sizeof(deadline), "%lld",
             (long long)(cs_now_ms() + call->deadline_ms - cs_mono_ms()));
    cs_reply_token(token, &call->id);
    if (call->frames == BRIDGE_TURN)
        snprintf(frames, sizeof(frames), "%s%s.%s", b->turn_prefix, token, call->turn);
    else
        snprintf(frames, sizeof(frames), "%s%c%s", b->services[call->service].inbox,
                 BRIDGE_WATCH_MARK, token);
    const struct {
        const char *name, *value;
    } headers[] = {
        {CS_H_DEADLINE, deadline},
        {CS_H_REQUEST_ID, call->request_id},
        {CS_H_CANCEL, call->cancel},
        {CS_H_TRACEPARENT, cs_span_context(call->span, call->traceparent)},
        {CS_H_TENANT, call->tenant},
        {CS_H_PRINCIPAL, call->principal},
        {CS_H_ROLES, call->roles},
        {CS_H_SESSION, call->session},
        {CS_H_AUTH, bridge_sign(b, call)},
        {CS_H_IDEMPOTENCY, call->idempotency_key},
        {CS_H_TURN, call->turn},
        {CS_H_FRAMES, subject},
    };
    natsStatus st = NATS_OK;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]) && st == NATS_OK; i++)
        if (headers[i].value && *headers[i].value)
            st = natsMsgHeader_Set(msg, headers[i].name, headers[i].value);
    return st;
}

static void call_publish(struct bridge *b, struct bridge_call *call)
{
    struct bridge_service *s = &b->services[call->service];
    char subject[2 * BRIDGE_TOKEN], token[CS_REPLY_TOKEN], reply[3 * BRIDGE_TOKEN];
    natsMsg *msg = NULL;

    list_remove(&call->link);
    if (!b->connected) {
        call_fail(b, call, 503, "The message bus cannot be reached.");
        return;
    }
    if (call->ping)
        snprintf(subject, sizeof(subject), CS_SUBJECT "%s.ping", call->ping);
    else
        snprintf(subject, sizeof(subject), "%s", call->rpc->subject);
    cs_reply_token(token, &call->id);
    snprintf(reply, sizeof(reply), "%s%s", s->inbox, token);
    call->waiting = false;
    call->tries++;
    natsStatus st = natsMsg_Create(&msg, subject, reply, call->data, (int)call->len);
    if (st == NATS_OK)
        st = set_headers(b, msg, call);
    if (st == NATS_OK)
        st = natsConnection_PublishMsg(b->nc, msg);
    natsMsg_Destroy(msg);
    cs_arena_reset(&b->scratch);
    if (st == NATS_OK)
        list_add(&s->in_flight, &call->link);
    else
        call_fail(b, call, 503, "The message bus cannot be reached.");
}

static void call_begin(struct bridge *b, const char *service, struct bridge_call *call)
{
    int64_t timeout = call->timeout_ms ? call->timeout_ms : CS_CALL_MS;
    uint64_t words[2];

    cs_random(words, sizeof(words));
    snprintf(call->cancel, sizeof(call->cancel), "%016llx", (unsigned long long)words[0]);
    call->id.word = words[1];
    call->service = -1;
    for (int i = 0; i < b->n_services && call->service < 0; i++)
        if (strcmp(b->services[i].name, service) == 0)
            call->service = i;
    call->tries = 0;
    call->deadline_ms = cs_mono_ms() + timeout;
    call->span = cs_span_child(CS_SPAN_CLIENT, call->ping ? NULL : call->traceparent);
    slot_take(b, call);
    list_init(&call->link);
    if (call->service < 0)
        call_fail(b, call, 503, "The service behind this is not known here.");
    else if (call->len > CS_MAX_MESSAGE)
        call_fail(b, call, 413, "The request may have 512 KiB at most.");
    else
        call_publish(b, call);
}

void bridge_send(struct bridge *b, struct bridge_call *call)
{
    call_begin(b, call->rpc->service, call);
}

void bridge_ping(struct bridge *b, const char *service, struct bridge_call *call)
{
    call->ping = service;
    call_begin(b, service, call);
}

/* ---- what comes back ---- */

static bool asked_of(const struct bridge *b, const struct bridge_call *call,
                     const struct bridge_service *s)
{
    return call->service >= 0 && &b->services[call->service] == s;
}

void bridge_on_reply(struct bridge *b, const struct bridge_service *s, natsMsg *msg)
{
    const char *code = NULL, *unbegun = NULL;
    struct bridge_call *call = slot_find(b, natsMsg_GetSubject(msg) + strlen(s->inbox));
    struct bridge_reply reply = {.data = natsMsg_GetData(msg),
                                 .len = (size_t)natsMsg_GetDataLength(msg)};

    if (!call || !asked_of(b, call, s) || !list_linked(&call->link) || !cs_bus_headers_fit(msg)) {
        cs_metric_add(
            cs_counter("cs_edge_late_replies_total", NULL, "replies without a waiting request"), 1);
        return;
    }
    if (natsMsgHeader_Get(msg, CS_H_ERROR_CODE, &code) == NATS_OK && code)
        reply.status = (int)strtol(code, NULL, 10);
    natsMsgHeader_Get(msg, CS_H_RETRY, &unbegun);
    if ((unbegun || (reply.status == 503 && call->repeatable)) && may_retry(call))
        wait_for_retry(b, call);
    else
        call_finish(b, call, &reply);
}

void bridge_on_frame(struct bridge *b, const struct bridge_service *from, const char *token,
                     natsMsg *msg)
{
    struct bridge_call *call = slot_find(b, token);

    if (!call || call->frames != (from ? BRIDGE_WATCH : BRIDGE_TURN) ||
        (from && !asked_of(b, call, from)))
        return;
    call->frame(call->user, natsMsg_GetData(msg), (size_t)natsMsg_GetDataLength(msg));
}

void bridge_on_absent(struct bridge *b, struct bridge_service *s)
{
    if (list_empty(&s->in_flight))
        return;
    struct bridge_call *call = LIST_OF(s->in_flight.prev, struct bridge_call, link);
    if (may_retry(call))
        wait_for_retry(b, call);
    else
        call_fail(b, call, 503, "The service behind this is not there at the moment.");
}

/* whether a call was done is unknown now; replies sent in the meantime are lost */
void bridge_on_lost(struct bridge *b)
{
    struct list lost;

    list_init(&lost);
    for (int i = 0; i < b->n_services; i++) {
        struct list *head = &b->services[i].in_flight;
        for (struct list *l = head->next, *next; l != head; l = next) {
            struct bridge_call *call = LIST_OF(l, struct bridge_call, link);
            next = l->next;
            if (call->frames == BRIDGE_TURN) {
                call->lost_ms = cs_mono_ms();
                continue; /* the turn goes on, and its frames after the reconnect */
            }
            list_remove(l);
            list_add(&lost, l);
        }
    }
    while (!list_empty(&lost)) {
        struct bridge_call *call = LIST_OF(lost.next, struct bridge_call, link);
        if (call->repeatable && may_retry(call))
            wait_for_retry(b, call);
        else
            call_fail(b, call, 504,
                      "The message bus was lost; whether the request took effect is not known.");
    }
}

/* ---- time ---- */

static void calls_expire(struct bridge *b, struct list *head, int64_t now)
{
    struct list late;

    list_init(&late);
    for (struct list *l = head->next, *next; l != head; l = next) {
        next = l->next;
        if (LIST_OF(l, struct bridge_call, link)->deadline_ms <= now) {
            list_remove(l);
            list_add(&late, l);
        }
    }
    while (!list_empty(&late))
        call_fail(b, LIST_OF(late.next, struct bridge_call, link), 504,
                  "The service behind this did not answer in time.");
}

void bridge_tick(struct bridge *b)
{
    int64_t now = cs_mono_ms();

    bridge_reconnect(b);
    for (int i = 0; i < b->n_services; i++)
        calls_expire(b, &b->services[i].in_flight, now);
    calls_expire(b, &b->waiting, now);
}

int bridge_turn(struct bridge *b)
{
    int64_t now = cs_mono_ms(), wait = IDLE_MS;

    for (struct list *l = b->waiting.next, *next; l != &b->waiting; l = next) {
        struct bridge_call *call = LIST_OF(l, struct bridge_call, link);
        next = l->next;
        if (call->due_ms <= now && (b->connected || !call->repeatable)) {
            call_publish(b, call);
            next = b->waiting.next; /* a call-back may have changed the list */
        } else if (call->due_ms > now && call->due_ms - now < wait) {
            wait = call->due_ms - now;
        }
    }
    bridge_flush(b);
    return (int)wait;
}

/* ---- life ---- */

bool bridge_connected(const struct bridge *b)
{
    return b->connected;
}

static void name_subjects(struct bridge *b, const char *edge_id, int loop)
{
    const char *prefix = "_INBOX.edge.";

    snprintf(b->turn_prefix, sizeof(b->turn_prefix), CS_TURN_SUBJECT "%s-%d.", edge_id, loop);
    for (const struct cs_node *n = cs_topology; n->service && b->n_services < BRIDGE_SERVICES;
         n++) {
        struct bridge_service *s = &b->services[b->n_services];
        if (strcmp(n->service, "edge") == 0)
            continue;
        s->name = n->service;
        snprintf(s->inbox, sizeof(s->inbox), "%s%s-%d.%s.", prefix, edge_id, loop, n->service);
        list_init(&s->in_flight);
        b->n_services++;
    }
}

struct bridge *bridge_new(struct http_loop *http, int loop, const struct bridge_settings *s)
{
    /* late call-backs of the library may still hold a bridge when it is closed: never freed */
    static struct bridge bridges[64];
    struct bridge *b = &bridges[loop];

    b->http = http;
    b->loop = loop;
    b->free_slot = NO_SLOT;
    cs_arena_init(&b->scratch);
    list_init(&b->waiting);
    list_init(&b->listeners);
    name_subjects(b, s->edge_id, loop);
    b->settings = s;
    bridge_connect(b);
    return b;
}

void bridge_close(struct bridge *b)
{
    bridge_disconnect(b);
    cs_arena_dispose(&b->scratch);
    free(b->slots);
    b->slots = NULL;
    b->n_slots = 0;
}
