/* Events and tickets as rows of the outbox, with the headers of CloudEvents. */
#include "bus/event.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "bus/call_state.h"
#include "bus/event_budget.h"
#include "bus/job.h"
#include "bus/outbox_headers.h"
#include "chatsphere/v1/names.h"
#include "nats/wire.h"
#include "pbjson/pbjson.h"
#include "pg/pg.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const struct cs_stmt INSERT_OUTBOX = {
    "insert_outbox",
    "insert into outbox (id, tenant_id, subject, headers, payload) values ($1, $2, $3, $4, $5)",
};

/* How many bytes body and headers have. headers is completed. */
static size_t outbox_insert(struct cs_call *call, const char *id, const char *tenant,
                            const char *subject, struct cs_buf *headers,
                            const ProtobufCMessage *payload)
{
    size_t len = 0;
    void *data = pbjson_pack(call->arena, payload, &len);

    cs_outbox_headers_end(headers);
    cs_pg_push(call->pg, &INSERT_OUTBOX, CS_S(id), CS_S(tenant), CS_S(subject),
               CS_S(cs_strdup(call->arena, headers->data)), CS_B(data, len));
    if (call->state)
        call->state->outbox = true;
    return len + headers->len;
}

/* CloudEvents 1.0, binary mode */
static void headers_put(struct cs_call *call, const struct cs_event *e, const char *id,
                        struct cs_buf *out)
{
    struct cs_arena *a = call->arena;
    char now[CS_RFC3339_SIZE];

    cs_rfc3339(now, cs_now_ms());
    cs_outbox_header_put(out, "ce-specversion", "1.0");
    cs_outbox_header_put(out, "ce-id", id);
    cs_outbox_header_put(out, "ce-type",
                         cs_printf(a, "io.chatsphere.%s.%s.v1", e->aggregate, e->event));
    cs_outbox_header_put(out, "ce-source",
                         e->bot ? cs_printf(a, "/tenants/%s/bots/%s", e->tenant, e->bot)
                                : cs_printf(a, "/tenants/%s", e->tenant));
    cs_outbox_header_put(out, "ce-subject", e->id);
    cs_outbox_header_put(out, "ce-time", now);
    cs_outbox_header_put(out, "ce-datacontenttype", "application/protobuf");
    cs_outbox_header_put(out, "ce-dataschema",
                         cs_printf(a, "urn:protobuf:%s", e->payload->descriptor->name));
    cs_outbox_header_put(out, "ce-traceparent", call->traceparent);
    cs_outbox_header_put(out, "ce-tenantid", e->tenant);
    cs_outbox_header_put(out, "ce-partitionkey", e->id);
    if (e->version > 0)
        cs_outbox_header_put(out, "ce-aggregateversion", cs_log_int(e->version));
}

void cs_event(struct cs_call *call, const struct cs_event *e)
{
    char *id = CS_NEW(call->arena, char, CS_ID_SIZE);
    CS_BUF_AUTO struct cs_buf headers = {0};

    cs_id_new(id);
    headers_put(call, e, id, &headers);
    size_t bytes =
        outbox_insert(call, id, e->tenant,
                      cs_printf(call->arena, "chatsphere.event.v1.%s.%s.%s.%s", e->tenant,
                                e->bot ? e->bot : "_", e->aggregate, e->event),
                      &headers, e->payload);
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
    CS_BUF_AUTO struct cs_buf headers = {0};

    cs_id_new(id);
    cs_outbox_header_put(&headers, CS_H_REQUEST_ID, call->request_id);
    cs_outbox_header_put(&headers, CS_H_TRACEPARENT, call->traceparent);
    outbox_insert(
        call, id, ticket->tenant_id,
        cs_printf(call->arena, "chatsphere.job.v1.%s.%s.%s", service, verb, ticket->tenant_id),
        &headers, &ticket->base);
}
