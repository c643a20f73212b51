/* The reaction to all events, and the end of what is older than a week. */
#include "events/event.h"

#include "base/clock.h"
#include "bus/catalogue.h"
#include "events/send.h"
#include "events/store.h"
#include "events/watch.h"
#include "pbjson/pbjson.h"

#include <string.h>

/* A text of the body, by the name of its field; NULL: absent. */
static const char *body_text(const ProtobufCMessage *body, const char *name)
{
    const ProtobufCFieldDescriptor *f =
        body ? protobuf_c_message_descriptor_get_field_by_name(body->descriptor, name) : NULL;

    return f && f->type == PROTOBUF_C_TYPE_STRING && f->label != PROTOBUF_C_LABEL_REPEATED
               ? *(char *const *)((const char *)body + f->offset)
               : NULL;
}

/* Events of one conversation are in order, those of its messages included. */
static const char *event_ordering(struct cs_arena *a, const struct cs_event_raw *e)
{
    const ProtobufCMessageDescriptor *d = cs_catalogue_body(e->aggregate, strlen(e->aggregate));
    const ProtobufCMessage *body = d ? pbjson_unpack(a, d, e->data, e->len) : NULL;
    const char *conversation = body_text(body, "conversation_id");

    return conversation ? conversation : e->subject;
}

int event_keep(struct cs_call *call, const struct cs_event_raw *e)
{
    struct kept_event kept = {.id = e->id,
                              .bot = e->bot,
                              .aggregate = e->aggregate,
                              .event = e->event,
                              .subject = e->subject,
                              .version = e->version,
                              .payload = e->data,
                              .len = e->len};

    if (!e->time || !cs_rfc3339_parse(e->time, &kept.happened_ms))
        kept.happened_ms = cs_now_ms();
    int r = store_log_add(call, &kept, e->wire, event_ordering(call->arena, e));
    if (r == 0) {
        send_wake();
        watch_wake();
    }
    return r;
}

void event_expire(struct cs_call *call)
{
    store_log_expire(call, cs_now_ms() - EVENT_KEPT_DAYS * INT64_C(86400000));
}
