/* Dead letters read from their stream, and what is published when one is replayed. */
#include "nats/letter.h"

#include "nats/bus.h"
#include "nats/permission.h"
#include "nats/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char stream[] = "CHATSPHERE_DLQ", prefix[] = "chatsphere.dlq.v1.";

static int letter_complain(natsStatus s)
{
    const char *detail = nats_GetLastError(NULL);

    fprintf(stderr, "%s: %s: %s\n", stream, natsStatus_GetText(s), detail ? detail : "");
    return -1;
}

/* The next token of a subject; *at is NULL behind the last one. */
static const char *token_next(struct cs_arena *a, const char **at)
{
    const char *token = *at, *dot = token ? strchr(token, '.') : NULL;

    *at = dot ? dot + 1 : NULL;
    return !token ? "-" : dot ? cs_strndup(a, token, (size_t)(dot - token)) : cs_strdup(a, token);
}

static const char *header_or_dash(natsMsg *msg, const char *name)
{
    const char *value = cs_bus_header(msg, name);

    return value && *value ? value : "-";
}

bool cs_letter_read(struct cs_arena *a, natsMsg *msg, uint64_t number, int64_t stored_ms,
                    struct cs_letter *ret)
{
    const char *at = natsMsg_GetSubject(msg);

    if (strncmp(at, prefix, sizeof(prefix) - 1) != 0)
        return false;
    at += sizeof(prefix) - 1;
    *ret = (struct cs_letter){.msg = msg, .number = number, .stored_ms = stored_ms};
    ret->service = token_next(a, &at);
    ret->name = token_next(a, &at);
    ret->tenant = token_next(a, &at);
    ret->reason = header_or_dash(msg, CS_H_REASON);
    ret->request_id = header_or_dash(msg, CS_H_REQUEST_ID);
    ret->deliveries = header_or_dash(msg, CS_H_DELIVERIES);
    ret->from = header_or_dash(msg, CS_H_SUBJECT);
    ret->consumer = header_or_dash(msg, CS_H_CONSUMER);
    return true;
}

const char *cs_letter_filter(struct cs_arena *a, const char *service, const char *tenant)
{
    return cs_printf(a, "%s%s.*.%s", prefix, service ? service : "*", tenant ? tenant : "*");
}

int cs_letter_get(struct cs_arena *a, jsCtx *js, uint64_t number, struct cs_letter *ret)
{
    natsMsg *msg = NULL;
    jsErrCode code = 0;
    natsStatus s = js_GetMsg(&msg, js, stream, number, NULL, &code);

    if (s == NATS_NOT_FOUND || code == JSNoMessageFoundErr)
        return 1;
    if (s != NATS_OK)
        return letter_complain(s);
    if (cs_letter_read(a, msg, number, natsMsg_GetTime(msg) / 1000000, ret))
        return 0;
    natsMsg_Destroy(msg);
    return 1;
}

/* A service that is taken over may write what it likes as its dead letter: an operator's rights do not go further than its own. */
static bool may_take(const struct cs_letter *letter, bool *ret_event)
{
    const struct cs_node *node = cs_topology_find(letter->service);
    char jobs[128], durable[128];

    if (!node)
        return false;
    snprintf(jobs, sizeof(jobs), "chatsphere.job.v1.%s.", node->service);
    *ret_event = strncmp(letter->from, "chatsphere.event.v1.", 20) == 0;
    if (!*ret_event)
        return node->has_jobs && strncmp(letter->from, jobs, strlen(jobs)) == 0;
    for (const char *const *e = node->reacts; *e; e++) {
        cs_durable_name(node->service, *e, durable, sizeof(durable));
        if (strcmp(durable, letter->consumer) == 0)
            return true;
    }
    return false;
}

static bool header_is_ours(const char *name, bool event)
{
    static const char *const ours[] = {CS_H_REASON, CS_H_DELIVERIES, CS_H_SUBJECT, CS_H_CONSUMER,
                                       CS_H_REPLAY};

    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (strcmp(name, ours[i]) == 0)
            return true;
    /* of the call that failed: an event has none */
    return strncmp(name, "Nats-", 5) == 0 || (event && strcmp(name, CS_H_REQUEST_ID) == 0);
}

natsMsg *cs_letter_original(const struct cs_letter *letter)
{
    const char **names = NULL;
    natsMsg *msg = NULL;
    bool event;
    int n = 0;

    if (!may_take(letter, &event) ||
        natsMsg_Create(&msg, letter->from, NULL, natsMsg_GetData(letter->msg),
                       natsMsg_GetDataLength(letter->msg)) != NATS_OK)
        return NULL;
    if (natsMsgHeader_Keys(letter->msg, &names, &n) != NATS_OK)
        n = 0;
    for (int i = 0; i < n; i++)
        if (!header_is_ours(names[i], event))
            natsMsgHeader_Set(msg, names[i], cs_bus_header(letter->msg, names[i]));
    free((void *)names);
    if (event)
        natsMsgHeader_Set(msg, CS_H_REPLAY, letter->consumer);
    return msg;
}

int cs_letter_replay(jsCtx *js, const struct cs_letter *letter)
{
    natsMsg *msg = cs_letter_original(letter);
    jsPubOptions opts;
    jsErrCode code = 0;
    char id[64];
    natsStatus s;

    if (!msg)
        return 1;
    /* a second replay at the same moment adds nothing */
    snprintf(id, sizeof(id), "replay-%llu", (unsigned long long)letter->number);
    jsPubOptions_Init(&opts);
    opts.MsgId = id;
    s = js_PublishMsg(NULL, js, msg, &opts, &code);
    natsMsg_Destroy(msg);
    return s == NATS_OK ? cs_letter_drop(js, letter) : letter_complain(s);
}

int cs_letter_drop(jsCtx *js, const struct cs_letter *letter)
{
    jsErrCode code = 0;
    natsStatus s = js_DeleteMsg(js, stream, letter->number, NULL, &code);

    return s == NATS_OK || code == JSNoMessageFoundErr ? 0 : letter_complain(s);
}
