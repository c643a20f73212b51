/* The verdict on a job or an event, and the copy of one that failed for good. */
#include "bus/dead_letter.h"

#include "base/log.h"
#include "bus/call.h"
#include "nats/bus.h"
#include "nats/wire.h"
#include "obs/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_REASON = 512 };

enum cs_verdict cs_verdict_of(int r, int status, uint64_t delivered, uint64_t tries)
{
    const bool passing = status == 0 || status == CS_OVERLOADED || status == CS_UPSTREAM ||
                         status == CS_TIMEOUT || status == CS_INTERNAL || status == CS_LIMITED;

    if (r == 0)
        return CS_DONE;
    return delivered < tries && passing ? CS_AGAIN : CS_DEAD;
}

const char *cs_dead_reason(const struct cs_call *call)
{
    return call->cause ? call->cause : call->detail ? call->detail : cs_error_title(call->status);
}

/* All headers but the Nats- ones, which are the broker's; those of a replay and of an earlier death are replaced. */
static void headers_copy(natsMsg *to, natsMsg *from)
{
    const char **names = NULL;
    int n = 0;

    if (natsMsgHeader_Keys(from, &names, &n) != NATS_OK)
        return;
    for (int i = 0; i < n; i++)
        if (strncmp(names[i], "Nats-", 5) != 0 && strcmp(names[i], CS_H_REPLAY) != 0)
            natsMsgHeader_Set(to, names[i], cs_bus_header(from, names[i]));
    free((void *)names);
}

/* A header has one line. */
static const char *reason_line(struct cs_arena *a, const char *reason)
{
    char *line = cs_strndup(a, reason, strnlen(reason, MAX_REASON));

    for (char *c = line; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
    return line;
}

/* Of the message in its stream: another one for each replay, the same for a repeated try to store it. */
static uint64_t sequence_of(natsMsg *msg)
{
    jsMsgMetaData *meta = NULL;
    uint64_t seq = 0;

    if (natsMsg_GetMetaData(&meta, msg) == NATS_OK)
        seq = meta->Sequence.Stream;
    jsMsgMetaData_Destroy(meta);
    return seq;
}

bool cs_dead_letter_send(struct cs_arena *a, natsMsg *msg, const struct cs_dead_letter *d)
{
    const char *service = cs_bus.node->service;
    char labels[64];
    natsMsg *dead = NULL;
    jsErrCode code = 0;
    jsPubOptions opts;

    if (natsMsg_Create(&dead,
                       cs_printf(a, "chatsphere.dlq.v1.%s.%s.%s", service, d->name, d->tenant),
                       NULL, natsMsg_GetData(msg), natsMsg_GetDataLength(msg)) != NATS_OK)
        return false;
    headers_copy(dead, msg);
    natsMsgHeader_Set(dead, CS_H_REASON, reason_line(a, d->reason));
    natsMsgHeader_Set(dead, CS_H_DELIVERIES, cs_log_int((long long)d->delivered));
    natsMsgHeader_Set(dead, CS_H_SUBJECT, natsMsg_GetSubject(msg));
    natsMsgHeader_Set(dead, CS_H_CONSUMER, d->consumer);
    if (d->request_id)
        natsMsgHeader_Set(dead, CS_H_REQUEST_ID, d->request_id);
    jsPubOptions_Init(&opts);
    opts.MsgId = cs_printf(a, "dlq-%s-%llu", d->consumer, (unsigned long long)sequence_of(msg));
    natsStatus s = js_PublishMsg(NULL, cs_bus.js, dead, &opts, &code);
    natsMsg_Destroy(dead);
    cs_log(CS_ERROR,
           s == NATS_OK ? "a message failed for good and is a dead letter"
                        : "a dead letter cannot be stored",
           "subject", natsMsg_GetSubject(msg), "consumer", d->consumer, "reason", d->reason, NULL);
    snprintf(labels, sizeof(labels), "kind=\"%s\"", d->kind);
    cs_metric_add(
        cs_counter("cs_dead_letters_total", labels, "Jobs and events that failed for good"),
        s == NATS_OK);
    return s == NATS_OK;
}
