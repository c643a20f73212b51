/* Events and tickets as rows of the outbox, with the headers of CloudEvents. */
#include "bus/event.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "bus/call_state.h"
#include "bus/event_budget.h"
#include "bus/job.h"
#include "chatsphere/v1/names.h"
#include "nats/wire.h"
#include "pbjson/pbjson.h"
#include "pg/pg.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const struct cs_stmt INSERT_OUTBOX = {
    "insert_outbox",
    "insert into outbox (id, tenant_id, subject, headers, payload) values ($1, $2, $3, $4, $5)",
};

static void header_set(json_t *headers, const char *name, const char *value)
{
    if (value)
        json_object_set_new(headers, name, json_string(value));
}

/* How many bytes body and headers have. headers is stolen. */
static size_t outbox_insert(struct cs_call *call, const char *id, const char *tenant,
                            const char *subject, json_t *headers, const ProtobufCMessage *payload)
{
    size_t len = 0;
    void *data = pbjson_pack(call->arena, payload, &len);
    char *text = json_dumps(headers, JSON_COMPACT);

    if (!text)
        abort();
    cs_pg_push(call->pg, &INSERT_OUTBOX, CS_S(id), CS_S(tenant), CS_S(subject),
               CS_S(cs_strdup(call->arena, text)), CS_B(data, len));
    const size_t headers_len = strlen(text);
    free(text);
    json_decref(headers);
    if (call->state)
        call->state->outbox = true;
    return len + headers_len;
}

/* CloudEvents 1.0, binary mode */
static json_t *headers_of(struct cs_call *call, const struct cs_event *e, const char *id)
{
    struct cs_arena *a = call->arena;
    json_t *h = json_object();
    char now[CS_RFC3339_SIZE];

    cs_rfc3339(now, cs_now_ms());
    header_set(h, "ce-specversion", "1.0");
    header_set(h, "ce-id", id);
    header_set(h, "ce-type", cs_printf(a, "io.chatsphere.%s.%s.v1", e->aggregate, e->event));
    header_set(h, "ce-source",
               e->bot ? cs_printf(a, "/tenants/%s/bots/%s", e->tenant, e->bot)
                      : cs_printf(a, "/tenants/%s", e->tenant));
    header_set(h, "ce-subject", e->id);
    header_set(h, "ce-time", now);
    header_set(h, "ce-datacontenttype", "application/protobuf");
    header_set(h, "ce-dataschema", cs_printf(a, "urn:protobuf:%s", e->payload->descriptor->name));
    header_set(h, "ce-traceparent", call->traceparent);
    header_set(h, "ce-tenantid", e->tenant);
    header_set(h, "ce-partitionkey", e->id);
    if (e->version > 0)
        header_set(h, "ce-aggregateversion", cs_log_int(e->version));
    return h;
}

void cs_event(struct cs_call *call, const struct cs_event *e)
{
    char *id = CS_NEW(call->arena, char, CS_ID_SIZE);

    cs_id_new(id);
    size_t bytes =
        outbox_insert(call, id, e->tenant,
                      cs_printf(call->arena, "chatsphere.event.v1.%s.%s.%s.%s", e->tenant,
                                e->bot ? e->bot : "_", e->aggregate, e->event),
                      headers_of(call, e, id), e->payload);
    cs_event_budget_spend(e->tenant, bytes, cs_mono_ms());
}

static void (*_Atomic relay_wake)(void);

void cs_outbox_on_wake(void (*wake)(void))
{
    atomic_store(&relay_wake, wake);
}

void cs_outbox_wake(void)
{
    void (*wake)(void) = atomic_load(&relay_wake);

    if (wake)
        wake();
}

void cs_job_ticket(struct cs_call *call, const char *service, const char *verb,
                   const struct Chatsphere__V1__Ticket *ticket)
{
    char *id = CS_NEW(call->arena, char, CS_ID_SIZE);
    json_t *headers = json_object();

    cs_id_new(id);
    header_set(headers, CS_H_REQUEST_ID, call->request_id);
    header_set(headers, CS_H_TRACEPARENT, call->traceparent);
    outbox_insert(
        call, id, ticket->tenant_id,
        cs_printf(call->arena, "chatsphere.job.v1.%s.%s.%s", service, verb, ticket->tenant_id),
        headers, &ticket->base);
}
