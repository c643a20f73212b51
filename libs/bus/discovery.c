/* The answers of NATS service discovery, as JSON from the method table and its counters. */
#include "bus/discovery.h"

#include "base/clock.h"
#include "bus/stat.h"
#include "nats/bus.h"
#include "nats/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SUBJECT = 192 };

static char started[CS_RFC3339_SIZE];

static json_t *response_head(const char *type)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:{}}", "name", cs_bus.node->service, "id",
                     cs_bus.instance, "version", CHATSPHERE_VERSION, "type", type, "metadata");
}

static json_t *endpoint_json(const struct cs_stat *st)
{
    char subject[MAX_SUBJECT];

    snprintf(subject, sizeof(subject), CS_SUBJECT "%s.%s", cs_bus.node->service, st->method);
    return json_pack("{s:s, s:s, s:s}", "name", st->method, "subject", subject, "queue_group",
                     cs_bus.node->service);
}

static json_t *info_response(const struct cs_service *s)
{
    json_t *o = response_head("io.nats.micro.v1.info_response"), *list = json_array();
    struct cs_stat *st;

    for (size_t i = 0; (st = cs_stat_at(i)); i++) {
        json_t *e = endpoint_json(st);
        json_object_set_new(e, "metadata", json_object());
        json_array_append_new(list, e);
    }
    json_object_set_new(o, "description", json_string(s->about));
    json_object_set_new(o, "endpoints", list);
    return o;
}

static json_t *stats_response(void)
{
    json_t *o = response_head("io.nats.micro.v1.stats_response"), *list = json_array();
    struct cs_stat *st;

    for (size_t i = 0; (st = cs_stat_at(i)); i++) {
        json_t *e = endpoint_json(st);
        long long n = (long long)atomic_load(&st->requests);
        long long ns = (long long)atomic_load(&st->busy_us) * 1000;
        int last = atomic_load(&st->last_error);
        json_object_set_new(e, "num_requests", json_integer(n));
        json_object_set_new(e, "num_errors", json_integer((long long)atomic_load(&st->errors)));
        json_object_set_new(e, "last_error",
                            last ? json_sprintf("%d:%s", last, cs_error_title(last))
                                 : json_string(""));
        json_object_set_new(e, "processing_time", json_integer(ns));
        json_object_set_new(e, "average_processing_time", json_integer(n ? ns / n : 0));
        json_array_append_new(list, e);
    }
    json_object_set_new(o, "started", json_string(started));
    json_object_set_new(o, "endpoints", list);
    return o;
}

json_t *cs_discovery_answer(const struct cs_service *s, const char *verb)
{
    size_t n = strcspn(verb, ".");

    if (n == 4 && strncmp(verb, "PING", n) == 0)
        return response_head("io.nats.micro.v1.ping_response");
    if (n == 4 && strncmp(verb, "INFO", n) == 0)
        return info_response(s);
    if (n == 5 && strncmp(verb, "STATS", n) == 0)
        return stats_response();
    return NULL;
}

static void on_question(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure)
{
    json_t *o = cs_discovery_answer(closure, natsMsg_GetSubject(msg) + strlen("$SRV."));
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    (void)nc;
    (void)sub;

    if (text && natsMsg_GetReply(msg))
        cs_bus_publish(natsMsg_GetReply(msg), text, strlen(text));
    free(text);
    json_decref(o);
    natsMsg_Destroy(msg);
}

int cs_discovery_start(const struct cs_service *s)
{
    const char *name = cs_bus.node->service;
    char subject[MAX_SUBJECT];

    cs_rfc3339(started, cs_now_ms());
    if (!cs_bus_subscribe("$SRV.*", NULL, on_question, (void *)s))
        return -1;
    snprintf(subject, sizeof(subject), "$SRV.*.%s", name);
    if (!cs_bus_subscribe(subject, NULL, on_question, (void *)s))
        return -1;
    snprintf(subject, sizeof(subject), "$SRV.*.%s.%s", name, cs_bus.instance);
    return cs_bus_subscribe(subject, NULL, on_question, (void *)s) ? 0 : -1;
}
