/*
 * permissions: with one service's credentials nobody can read or publish another's subjects.
 * For every service of the topology a connection is made; each forbidden subject is tried and the
 * server must refuse it; what the service needs must be allowed. For every service, caller and
 * callee an answer is tried: only the callee's arrives. Every rpc that is not read_only is called without a signature, and
 * refused. At the end each service is asked to answer
 * into an inbox it may not write to, which must not trouble it: whoever started this sees to
 * that.
 *
 *     permissions <nats url> <folder of .creds>
 */
#include "nats/topology.h"
#include "nats/wire.h"

#include "../support/broker.h"
#include "pbjson/contract.h"

#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int n_passed, n_failed;

static natsConnection *dial_as(const char *url, const char *folder, const struct cs_node *node)
{
    static char creds[1024]; /* the connection does not reconnect, so it reads the file once */

    snprintf(creds, sizeof(creds), "%s/%s.creds", folder, node->service);
    return broker_dial(url, creds, NULL);
}

static void check(const char *who, const char *verb, const char *subject, bool allowed, bool wanted)
{
    if (allowed == wanted) {
        n_passed++;
        return;
    }
    n_failed++;
    printf("  FAIL  %s %s %s %s\n", who, allowed ? "may" : "may not", verb, subject);
}

static void against(natsConnection *nc, const struct cs_node *me, const struct cs_node *other)
{
    char subject[160];
    bool self = me == other;

    snprintf(subject, sizeof(subject), "chatsphere.v1.%s.*", other->service);
    if (!self || strcmp(me->service, "edge") != 0)
        check(me->service, "serve", subject, broker_may_subscribe(nc, subject, other->service),
              self);
    check(me->service, "sniff", subject, broker_may_subscribe(nc, subject, NULL), false);
    if (!self) {
        snprintf(subject, sizeof(subject), "chatsphere.v1.%s.ping", other->service);
        check(me->service, "call", subject, broker_may_publish(nc, subject), me == cs_topology);
        snprintf(subject, sizeof(subject), "chatsphere.job.v1.%s.probe.t", other->service);
        check(me->service, "sniff jobs", subject, broker_may_subscribe(nc, subject, NULL), false);
    }
    snprintf(subject, sizeof(subject), "_INBOX.%s.>", other->service);
    check(me->service, "read", subject, broker_may_subscribe(nc, subject, NULL), self);
}

/* what it may call is called by every other test */
static void call_what_is_not_listed(natsConnection *nc, const struct cs_node *me)
{
    char subject[160];

    for (size_t i = 0; i < cs_n_rpcs; i++) {
        const struct cs_rpc *rpc = cs_rpcs[i];
        if (cs_topology_may_call(me, rpc->service, rpc->method))
            continue;
        check(me->service, "call", rpc->subject, broker_may_publish(nc, rpc->subject), false);
        snprintf(subject, sizeof(subject), "chatsphere.at.%s.x.%s", rpc->service, rpc->method);
        check(me->service, "call", subject, broker_may_publish(nc, subject), false);
    }
}

static void check_service(const char *url, const char *folder, const struct cs_node *me)
{
    static const char *const never[] = {"$SYS.>",
                                        ">",
                                        "chatsphere.>",
                                        "chatsphere.event.v1.>",
                                        "chatsphere.job.v1.>",
                                        "chatsphere.dlq.v1.>"};
    static const char *const never_publish[] = {
        "$JS.API.STREAM.DELETE.CHATSPHERE_EVENTS", "$JS.API.STREAM.PURGE.CHATSPHERE_JOBS",
        "$JS.API.CONSUMER.DURABLE.CREATE.CHATSPHERE_JOBS.x", "$JS.API.STREAM.CREATE.X"};
    natsConnection *nc = dial_as(url, folder, me);

    if (!nc) {
        printf("  FAIL  %s cannot connect\n", me->service);
        n_failed++;
        return;
    }
    for (const struct cs_node *other = cs_topology; other->service; other++)
        against(nc, me, other);
    call_what_is_not_listed(nc, me);
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        check(me->service, "subscribe to", never[i], broker_may_subscribe(nc, never[i], NULL),
              false);
    for (size_t i = 0; i < sizeof(never_publish) / sizeof(never_publish[0]); i++)
        check(me->service, "publish", never_publish[i], broker_may_publish(nc, never_publish[i]),
              false);
    if (strcmp(me->service, "edge") == 0)
        check("edge", "publish", "chatsphere.event.v1.t._.user.created",
              broker_may_publish(nc, "chatsphere.event.v1.t._.user.created"), false);
    natsConnection_Destroy(nc);
}

/* ---- replies ---- */

/*
 * The service tries to answer the caller in the name of each service. It may in its own name, and
 * nothing else arrives; `hears` is a connection of the caller.
 */
static void answer_in_all_names(natsConnection *nc, const struct cs_node *me,
                                const struct cs_node *caller, natsConnection *hears)
{
    natsSubscription *sub = NULL;
    natsMsg *msg = NULL;
    char subject[160];

    snprintf(subject, sizeof(subject), "_INBOX.%s.probe.>", caller->service);
    natsConnection_SubscribeSync(&sub, hears, subject);
    natsConnection_FlushTimeout(hears, 2000);
    for (const struct cs_node *callee = cs_topology; callee->service; callee++) {
        snprintf(subject, sizeof(subject), "_INBOX.%s.probe.%s.00000001-0000000000000001",
                 caller->service, callee->service);
        check(me->service, "answer at", subject, broker_may_publish(nc, subject), me == callee);
    }
    snprintf(subject, sizeof(subject), "_INBOX.%s.probe", caller->service);
    check(me->service, "publish", subject, broker_may_publish(nc, subject), false);
    natsConnection_FlushTimeout(hears, 2000);
    snprintf(subject, sizeof(subject), "_INBOX.%s.probe.%s.00000001-0000000000000001",
             caller->service, me->service);
    check(caller->service, "hear an answer of", me->service,
          natsSubscription_NextMsg(&msg, sub, 2000) == NATS_OK &&
              strcmp(natsMsg_GetSubject(msg), subject) == 0,
          true);
    natsMsg_Destroy(msg);
    msg = NULL;
    check(caller->service, "hear what it was not asked by", me->service,
          natsSubscription_NextMsg(&msg, sub, 1) == NATS_OK, false);
    natsMsg_Destroy(msg);
    natsSubscription_Destroy(sub);
}

static void check_replies(const char *url, const char *folder)
{
    for (const struct cs_node *me = cs_topology; me->service; me++) {
        natsConnection *nc = dial_as(url, folder, me);
        for (const struct cs_node *caller = cs_topology; nc && caller->service; caller++) {
            natsConnection *hears = dial_as(url, folder, caller);
            if (hears)
                answer_in_all_names(nc, me, caller, hears);
            natsConnection_Destroy(hears);
        }
        natsConnection_Destroy(nc);
    }
}

/* ---- signatures ---- */

/* the status of the reply to the call; 0: none came */
static long call_status(natsConnection *nc, const char *subject, const char *inbox)
{
    natsSubscription *sub = NULL;
    natsMsg *reply = NULL;
    const char *code = NULL;
    long status = 0;

    natsConnection_SubscribeSync(&sub, nc, inbox);
    natsConnection_PublishRequestString(nc, subject, inbox, "");
    if (natsSubscription_NextMsg(&reply, sub, 5000) == NATS_OK)
        status = natsMsgHeader_Get(reply, CS_H_ERROR_CODE, &code) == NATS_OK && code
                     ? strtol(code, NULL, 10)
                     : 200;
    natsMsg_Destroy(reply);
    natsSubscription_Destroy(sub);
    return status;
}

/* With the broker's credentials of a service alone, without its key, nothing is changed or opened. */
static void call_unsigned(const char *url, const char *folder)
{
    for (const struct cs_node *me = cs_topology; me->service; me++) {
        natsConnection *nc = dial_as(url, folder, me);
        for (size_t i = 0; nc && i < cs_n_rpcs; i++) {
            const struct cs_rpc *rpc = cs_rpcs[i];
            char inbox[160];
            if (rpc->read_only || !cs_topology_may_call(me, rpc->service, rpc->method))
                continue;
            snprintf(inbox, sizeof(inbox), "_INBOX.%s.unsigned.%s.%zu", me->service, rpc->service,
                     i);
            check(me->service, "get through without a signature:", rpc->subject,
                  call_status(nc, rpc->subject, inbox) != 401, false);
        }
        natsConnection_Destroy(nc);
    }
}

/* Asks each service, as the edge, for an answer in the name of another one. */
static void mislead(const char *url, const char *folder)
{
    natsConnection *nc = dial_as(url, folder, cs_topology);
    char subject[160];

    for (const struct cs_node *asked = cs_topology + 1; nc && asked->service; asked++) {
        snprintf(subject, sizeof(subject), "chatsphere.v1.%s.ping", asked->service);
        check("edge", "ask for an answer in the name of", "edge",
              broker_may_ask(nc, subject, "_INBOX.edge.misled.edge.1-1"), true);
    }
    natsConnection_Destroy(nc);
}

int main(int argc, char **argv)
{
    natsConnection *nobody;

    if (argc != 3) {
        fprintf(stderr, "usage: permissions <nats url> <folder of .creds>\n");
        return 2;
    }
    nobody = broker_dial(argv[1], NULL, NULL);
    check("nobody", "connect to", argv[1], nobody != NULL, false);
    natsConnection_Destroy(nobody);
    for (const struct cs_node *me = cs_topology; me->service; me++)
        check_service(argv[1], argv[2], me);
    check_replies(argv[1], argv[2]);
    call_unsigned(argv[1], argv[2]);
    mislead(argv[1], argv[2]);
    nats_Close();
    printf("permissions: %d passed, %d failed, 0 skipped\n", n_passed, n_failed);
    return n_failed > 0;
}
