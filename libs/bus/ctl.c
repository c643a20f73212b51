/* A subscription for cancels, and one for each fan-out message in the service's table. */
#include "bus/ctl.h"

#include "bus/ask.h"
#include "bus/cancel.h"
#include "nats/bus.h"
#include "nats/wire.h"

#include <stdio.h>
#include <string.h>

enum { MAX_SUBJECT = 192 };

static void on_cancel(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure)
{
    (void)nc;
    (void)sub;
    (void)closure;
    const char *word = natsMsg_GetSubject(msg) + strlen(CS_CTL_CANCEL);

    cs_cancel(word);
    cs_ask_cancel(word);
    natsMsg_Destroy(msg);
}

static void on_ctl(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure)
{
    const struct cs_ctl *row = closure;
    (void)nc;
    (void)sub;

    row->fn(natsMsg_GetSubject(msg) + strlen(CS_CTL), natsMsg_GetData(msg),
            (size_t)natsMsg_GetDataLength(msg));
    natsMsg_Destroy(msg);
}

int cs_ctl_start(const struct cs_ctl *rows)
{
    char subject[MAX_SUBJECT];

    if (!cs_bus_subscribe(CS_CTL_CANCEL "*", NULL, on_cancel, NULL))
        return -1;
    for (const struct cs_ctl *c = rows; c && c->subject; c++) {
        snprintf(subject, sizeof(subject), CS_CTL "%s", c->subject);
        if (!cs_bus_subscribe(subject, NULL, on_ctl, (void *)c))
            return -1;
    }
    return 0;
}

void cs_ctl_publish(const char *kind, const char *token, const char *id)
{
    char subject[MAX_SUBJECT];
    int n = snprintf(subject, sizeof(subject), CS_CTL "%s.%s", kind, token);

    /* the token may come from a request: it must not become two, or a wildcard */
    if (n > 0 && (size_t)n < sizeof(subject) && !token[strcspn(token, ".*> \t\r\n")])
        cs_bus_publish(subject, id ? id : "", id ? strlen(id) : 0);
}
