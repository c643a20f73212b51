/* The attributes of a CloudEvent, and its body by the catalogue. */
#include "events/render.h"

#include "bus/catalogue.h"
#include "pbjson/pbjson.h"

#include <string.h>

/* A body that this version does not know is shown as an empty object. */
static Json *render_data(struct cs_arena *a, const struct kept_event *e, const char **ret_schema)
{
    const ProtobufCMessageDescriptor *d = cs_catalogue_body(e->aggregate, strlen(e->aggregate));
    const ProtobufCMessage *body = d ? pbjson_unpack(a, d, e->payload, e->len) : NULL;
    Json *data = Json_new(a);
    size_t len;

    data->text = body ? pbjson_text(a, body, &len) : cs_strdup(a, "{}");
    *ret_schema = d ? d->name : "google.protobuf.Empty";
    return data;
}

CloudEvent *render_event(struct cs_arena *a, const struct kept_event *e)
{
    CloudEvent *c = CloudEvent_new(a);
    const char *schema;

    c->specversion = cs_strdup(a, "1.0");
    c->id = cs_strdup(a, e->id);
    c->type = cs_printf(a, "io.chatsphere.%s.%s.v1", e->aggregate, e->event);
    c->source = e->bot ? cs_printf(a, "/tenants/%s/bots/%s", e->tenant, e->bot)
                       : cs_printf(a, "/tenants/%s", e->tenant);
    c->subject = cs_strdup(a, e->subject);
    CloudEvent_set_time(c, e->happened_ms);
    c->datacontenttype = cs_strdup(a, "application/json");
    c->data = render_data(a, e, &schema);
    c->dataschema = cs_printf(a, "urn:protobuf:%s", schema);
    c->tenantid = cs_strdup(a, e->tenant);
    c->partitionkey = cs_strdup(a, e->subject);
    if (e->version > 0)
        CloudEvent_set_aggregateversion(c, e->version);
    return c;
}

const char *render_text(struct cs_arena *a, const struct kept_event *e, size_t *ret_len)
{
    return pbjson_text(a, &render_event(a, e)->base, ret_len);
}
