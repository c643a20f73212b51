/* status: each service's health as this loop sees it over the bus. */
#include "edge/local.h"

#include "edge/answer.h"

#include "nats/topology.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { SERVICES_MAX = 16, PATIENCE_MS = 2000 };

struct probe {
    struct status *status;
    const char *service;
    struct bridge_call call;
    bool ok;
};

struct status {
    struct request *r;
    struct probe probes[SERVICES_MAX];
    int n, waiting;
};

static void status_answer(struct status *s)
{
    struct request *r = s->r;
    json_t *list = json_array();
    bool all = true;

    json_array_append_new(list, json_pack("{s:s, s:s}", "name", "edge", "status", "ok"));
    for (int i = 0; i < s->n; i++) {
        all = all && s->probes[i].ok;
        json_array_append_new(list, json_pack("{s:s, s:s}", "name", s->probes[i].service, "status",
                                              s->probes[i].ok ? "ok" : "unavailable"));
    }
    json_t *json = json_pack("{s:s, s:o}", "status", all ? "ok" : "degraded", "services", list);
    char *text = json_dumps(json, JSON_COMPACT);
    const char *copy = cs_strdup(r->http->arena, text ? text : "{}");
    free(text);
    json_decref(json);
    answer_body(r, 200, "application/json", copy, strlen(copy));
}

static void on_status_ping(void *user, const struct bridge_reply *reply)
{
    struct probe *p = user;
    struct status *s = p->status;

    p->ok = reply->status == 0;
    if (--s->waiting == 0)
        status_answer(s);
}

static void on_status_abandon(struct request *r)
{
    struct status *s = r->work;

    for (int i = 0; i < s->n; i++)
        bridge_cancel(r->edge->bridge, &s->probes[i].call, false);
}

void status_get(struct request *r)
{
    struct status *s = CS_NEW(r->http->arena, struct status, 1);

    s->r = r;
    r->work = s;
    r->abandon = on_status_abandon;
    for (const struct cs_node *n = cs_topology; n->service && s->n < SERVICES_MAX; n++)
        if (strcmp(n->service, "edge") != 0)
            s->probes[s->n++] = (struct probe){.status = s, .service = n->service};
    /* one more, so that answers that come at once do not end it too early */
    s->waiting = s->n + 1;
    for (int i = 0; i < s->n; i++) {
        struct probe *p = &s->probes[i];
        p->call.timeout_ms = PATIENCE_MS;
        p->call.done = on_status_ping;
        p->call.user = p;
        bridge_ping(r->edge->bridge, p->service, &p->call);
    }
    if (--s->waiting == 0)
        status_answer(s);
}
