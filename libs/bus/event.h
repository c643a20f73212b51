#pragma once
/*
 * Event: what happened, told to everyone, without loss.
 *
 * cs_event() and cs_job_ticket() insert a row into the schema's outbox inside the open transaction
 * (cs_pg_push, so no round trip of its own). After the commit a relay - one per schema, chosen by
 * a row lock - publishes the rows in order with Nats-Msg-Id = row id, marks them and stops
 * at the first failure. It polls each second and is woken by cs_outbox_wake() in the same process.
 *
 * An event of more than CS_MAX_MESSAGE bytes fails the transaction, and so the call (cs_fail_pg()).
 * One that the broker has no room for all the same - it may be set to less - is put aside into
 * outbox_refused, with an ERROR in the log, and the others go on.
 *
 * The table (made by the migrator in every service schema):
 *   outbox(seq bigserial, id uuid, tenant_id uuid, subject text, headers jsonb, payload bytea, created_at)
 */
#include "bus/call.h"

struct cs_event {
    const char *tenant;    /* workspace */
    const char *bot;       /* NULL: none, `_` in the subject */
    const char *aggregate; /* bot, document, conversation, message, user, api_key */
    const char *event;     /* created, updated ... */
    const char *id;        /* of the aggregate: ce-subject */
    int64_t version;       /* of the aggregate; 0: none */
    const ProtobufCMessage *payload;
};

void cs_event(struct cs_call *call, const struct cs_event *e);

/* After the commit: the relay of this process looks at once. Nothing happens without one. */
void cs_outbox_wake(void);
/* For the relay: `wake` is called by cs_outbox_wake(), on any thread. */
void cs_outbox_on_wake(void (*wake)(void));
