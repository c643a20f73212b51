/* Lists of subjects to publish and to subscribe, built from a service's row of the topology. */
#include "nats/permission.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_SUBJECT = 192 };

void cs_durable_name(const char *service, const char *event, char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "%s_", service);

    /* a name of a consumer has no ".", "*" or ">" */
    for (; *event && n + 4 < size; event++)
        n += (size_t)snprintf(out + n, size - n, "%s",
                              *event == '.'   ? "_"
                              : *event == '*' ? "any"
                              : *event == '>' ? "all"
                                              : (char[]){*event, '\0'});
}

void cs_event_filter(const char *event, char *out, size_t size)
{
    snprintf(out, size, "chatsphere.event.v1.*.*.%s", event);
}

__attribute__((format(printf, 2, 3), nonnull)) static void subject_allow(json_t *list,
                                                                         const char *fmt, ...)
{
    char subject[MAX_SUBJECT];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(subject, sizeof(subject), fmt, ap);
    va_end(ap);
    json_array_append_new(list, json_string(subject));
}

static void allow_all(json_t *list, const char *const *subjects)
{
    for (; *subjects; subjects++)
        subject_allow(list, "%s", *subjects);
}

/* a durable pull consumer made by `chatsphere migrate`: bind, fetch, acknowledge */
static void allow_consumer(json_t *pub, const char *stream, const char *durable)
{
    subject_allow(pub, "$JS.API.CONSUMER.INFO.%s.%s", stream, durable);
    subject_allow(pub, "$JS.API.CONSUMER.MSG.NEXT.%s.%s", stream, durable);
    subject_allow(pub, "$JS.ACK.%s.%s.>", stream, durable);
}

static json_t *publish_list(const struct cs_node *n)
{
    json_t *pub = json_array();
    bool by_process = n != cs_topology; /* the edge calls no process of a service in particular */
    char durable[128];

    for (const char *const *c = n->calls; *c; c++) {
        int service = (int)strcspn(*c, ".");
        subject_allow(pub, "chatsphere.v1.%s", *c);
        if (by_process)
            subject_allow(pub, "chatsphere.at.%.*s.*%s", service, *c, *c + service);
    }
    subject_allow(pub, "_INBOX.*.*.%s.*", n->service); /* who was called may answer, nobody else */
    subject_allow(pub, "_INBOX.ops.>");                /* the operator's program asks $SRV */
    subject_allow(pub, "chatsphere.ctl.alive.%s", n->service);
    if (n->has_schema)
        subject_allow(pub, "chatsphere.ctl.cache.>");
    if (n->has_jobs)
        allow_consumer(pub, "CHATSPHERE_JOBS", n->service);
    if (n->has_jobs || *n->reacts)
        subject_allow(pub, "chatsphere.dlq.v1.%s.>", n->service);
    for (const char *const *e = n->reacts; *e; e++) {
        cs_durable_name(n->service, *e, durable, sizeof(durable));
        allow_consumer(pub, "CHATSPHERE_EVENTS", durable);
    }
    allow_all(pub, n->publish);
    return pub;
}

static json_t *subscribe_list(const struct cs_node *n)
{
    json_t *sub = json_array();

    subject_allow(sub, "chatsphere.v1.%s.> %s", n->service, n->service);
    subject_allow(sub, "chatsphere.at.%s.>", n->service);
    subject_allow(sub, "_INBOX.%s.>", n->service);
    subject_allow(sub, "chatsphere.ctl.>");
    subject_allow(sub, "$SRV.*");
    subject_allow(sub, "$SRV.*.%s", n->service);
    subject_allow(sub, "$SRV.*.%s.*", n->service);
    allow_all(sub, n->subscribe);
    return sub;
}

json_t *cs_permissions(const struct cs_node *node)
{
    return json_pack("{s:{s:o}, s:{s:o}}", "pub", "allow", publish_list(node), "sub", "allow",
                     subscribe_list(node));
}
