/*
 * tenant: what a tenant's user reaches of the broker. A tenant has an account of its own that imports
 * the next message, the state and the acknowledgement of its own consumer; everything else of the
 * JetStream API and of $SYS is refused, or changes nothing. This must hold for any version of the
 * broker, since the packaged one may be old (CVE-2025-30215: JetStream API across accounts).
 *
 *     tenant <nats url> <folder of nats-init>
 */
#include "base/clock.h"
#include "base/env.h"
#include "base/file.h"
#include "crypto/crypto.h"
#include "nats/nkey.h"
#include "nats/tail.h"
#include "../support/broker.h"
#include "nats/tls.h"

#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS "CHATSPHERE_EVENTS"
#define INBOX "_INBOX.tenant"

static struct cs_arena arena;
static const char *url, *folder;
static struct cs_nkey operator_key, platform, ours, theirs;
static int n_passed, n_failed;

static void check(bool ok, const char *what, const char *subject)
{
    n_passed += ok;
    n_failed += !ok;
    if (!ok)
        printf("  FAIL  %s %s\n", what, subject);
}

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    printf("  FAIL  %s\ntenant: %d passed, %d failed, 0 skipped\n", what, n_passed, n_failed + 1);
    exit(1);
}

/* ---- accounts and users ---- */

static void key_load(const char *name, struct cs_nkey *ret)
{
    char *seed =
        cs_file_read_line(&arena, cs_printf(&arena, "%s/%s.seed", folder, name), 64 * 1024);

    must(seed && cs_nkey_from_seed(seed, ret), name);
}

static json_t *limits(bool jetstream)
{
    json_t *l =
        json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:b}", "subs", -1, "data", -1, "payload", -1,
                  "imports", -1, "exports", -1, "conn", -1, "leaf", -1, "wildcards", 1);

    if (jetstream)
        json_object_update_new(l, json_pack("{s:i, s:i, s:i, s:i}", "mem_storage", -1,
                                            "disk_storage", -1, "streams", -1, "consumer", -1));
    return l;
}

static json_t *export(const char *name, const char *subject, int position, const char *type)
{
    return json_pack("{s:s, s:s, s:s, s:i, s:s}", "name", name, "subject", subject, "type",
                     "service", "account_token_position", position, "response_type", type);
}

static json_t *import(const char *subject, const char *local)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", subject, "subject", subject, "account",
                     platform.public_key, "local_subject", local, "type", "service");
}

static const char *platform_jwt(void)
{
    json_t *exports = json_pack(
        "[o, o, o]", export("next", "$JS.API.CONSUMER.MSG.NEXT." EVENTS ".*", 7, "Stream"),
        export("info", "$JS.API.CONSUMER.INFO." EVENTS ".*", 6, "Singleton"),
        export("ack", "$JS.ACK." EVENTS ".*.>", 4, "Singleton"));

    return cs_nkey_jwt(&arena, &operator_key, platform.public_key, "CHATSPHERE",
                       json_pack("{s:s, s:i, s:o, s:o}", "type", "account", "version", 2, "limits",
                                 limits(true), "exports", exports));
}

/* the tenant imports the consumer of this name, which is its own when it is honest */
static const char *tenant_jwt(const struct cs_nkey *tenant, const char *consumer)
{
    const char *next = cs_printf(&arena, "API.CONSUMER.MSG.NEXT." EVENTS ".%s", consumer);
    const char *info = cs_printf(&arena, "API.CONSUMER.INFO." EVENTS ".%s", consumer);
    const char *ack = cs_printf(&arena, "$JS.ACK." EVENTS ".%s.>", consumer);
    json_t *imports = json_pack(
        "[o, o, o]", import(cs_printf(&arena, "$JS.%s", next), cs_printf(&arena, "JS.cs.%s", next)),
        import(cs_printf(&arena, "$JS.%s", info), cs_printf(&arena, "JS.cs.%s", info)),
        import(ack, ack));

    return cs_nkey_jwt(&arena, &operator_key, tenant->public_key, "tenant",
                       json_pack("{s:s, s:i, s:o, s:o}", "type", "account", "version", 2, "limits",
                                 limits(false), "imports", imports));
}

/* rights NULL: all that the account has */
static natsConnection *user_dial(const struct cs_nkey *account, const char *name, json_t *rights)
{
    const char *path = cs_printf(&arena, "%s/%s.creds", folder, name);
    json_t *nats = json_pack("{s:s, s:i, s:i, s:i, s:i}", "type", "user", "version", 2, "subs", -1,
                             "data", -1, "payload", -1);
    struct cs_nkey user;

    if (rights)
        json_object_update_new(nats, rights);
    cs_nkey_new(CS_NKEY_USER, &user);
    const char *text =
        cs_nkey_creds(&arena, cs_nkey_jwt(&arena, account, user.public_key, name, nats), &user);
    must(cs_file_write(path, text, strlen(text), 0600) == 0, path);
    natsConnection *nc = broker_dial(url, path, INBOX);
    must(nc != NULL, cs_printf(&arena, "the user %s cannot connect", name));
    return nc;
}

static json_t *own_rights(const char *consumer)
{
    return json_pack("{s:{s:[s, s, s]}, s:{s:[s]}}", "pub", "allow",
                     cs_printf(&arena, "JS.cs.API.CONSUMER.MSG.NEXT." EVENTS ".%s", consumer),
                     cs_printf(&arena, "JS.cs.API.CONSUMER.INFO." EVENTS ".%s", consumer),
                     cs_printf(&arena, "$JS.ACK." EVENTS ".%s.>", consumer), "sub", "allow",
                     INBOX ".>");
}

static void account_push(natsConnection *sys, const char *jwt)
{
    natsMsg *reply = NULL;
    natsStatus s = natsConnection_RequestString(&reply, sys, "$SYS.REQ.CLAIMS.UPDATE", jwt, 5000);

    must(s == NATS_OK && strstr(natsMsg_GetData(reply), "\"code\":200"),
         "the account is not taken");
    natsMsg_Destroy(reply);
}

/* ---- the platform's streams ---- */

static void streams_make(jsCtx *js)
{
    const char *subjects[] = {"chatsphere.event.v1.>"};
    jsStreamConfig stream;
    jsConsumerConfig consumer;
    const struct {
        const char *name, *filter;
    } consumers[] = {{ours.public_key, "chatsphere.event.v1.ours.>"},
                     {theirs.public_key, "chatsphere.event.v1.theirs.>"}};

    jsStreamConfig_Init(&stream);
    stream.Name = EVENTS;
    stream.Subjects = subjects;
    stream.SubjectsLen = 1;
    must(js_AddStream(NULL, js, &stream, NULL, NULL) == NATS_OK, "the stream is not made");
    for (size_t i = 0; i < 2; i++) {
        jsConsumerConfig_Init(&consumer);
        consumer.Durable = consumers[i].name;
        consumer.FilterSubject = consumers[i].filter;
        consumer.AckPolicy = js_AckExplicit;
        must(js_AddConsumer(NULL, js, EVENTS, &consumer, NULL, NULL) == NATS_OK,
             "the consumer is not made");
    }
    must(js_Publish(NULL, js, "chatsphere.event.v1.ours._.bot.created", "1", 1, NULL, NULL) ==
                 NATS_OK &&
             js_Publish(NULL, js, "chatsphere.event.v1.theirs._.bot.created", "2", 1, NULL, NULL) ==
                 NATS_OK,
         "the events are not stored");
}

/* The stream has both events, and nobody has taken the other tenant's one. */
static void streams_are_whole(jsCtx *js, const char *after)
{
    jsStreamInfo *stream = NULL;
    jsConsumerInfo *consumer = NULL;

    check(js_GetStreamInfo(&stream, js, EVENTS, NULL, NULL) == NATS_OK && stream->State.Msgs == 2 &&
              stream->State.Consumers == 2,
          "the stream is another one after", after);
    check(js_GetConsumerInfo(&consumer, js, EVENTS, theirs.public_key, NULL, NULL) == NATS_OK &&
              consumer->NumPending == 1 && consumer->Delivered.Consumer == 0,
          "the other tenant's consumer is another one after", after);
    jsStreamInfo_Destroy(stream);
    jsConsumerInfo_Destroy(consumer);
}

/* ---- what a tenant tries ---- */

/* What the subject answers, in the arena; NULL: nothing, or that nobody is there. */
static const char *asked(natsConnection *nc, const char *subject, const char *body, int ms)
{
    natsMsg *reply = NULL;
    const char *text = NULL;

    if (natsConnection_RequestString(&reply, nc, subject, body, ms) == NATS_OK)
        text = cs_strndup(&arena, natsMsg_GetData(reply), (size_t)natsMsg_GetDataLength(reply));
    natsMsg_Destroy(reply);
    return text;
}

static void own_consumer_works(natsConnection *nc)
{
    natsSubscription *sub = NULL;
    natsMsg *msg = NULL;
    const char *next =
        cs_printf(&arena, "JS.cs.API.CONSUMER.MSG.NEXT." EVENTS ".%s", ours.public_key);
    const char *info = cs_printf(&arena, "JS.cs.API.CONSUMER.INFO." EVENTS ".%s", ours.public_key);
    const char *state = asked(nc, info, "", 5000);

    check(state && strstr(state, ours.public_key), "its own state is not shown by", info);
    natsConnection_SubscribeSync(&sub, nc, INBOX ".next");
    natsConnection_PublishRequestString(nc, next, INBOX ".next", "1");
    bool got = natsSubscription_NextMsg(&msg, sub, 5000) == NATS_OK &&
               strcmp(natsMsg_GetSubject(msg), "chatsphere.event.v1.ours._.bot.created") == 0;
    check(got, "its own event does not come by", next);
    if (got)
        check(asked(nc, natsMsg_GetReply(msg), "+ACK", 5000) != NULL, "its event is not",
              "acknowledged");
    natsMsg_Destroy(msg);
    natsSubscription_Destroy(sub);
}

/* %s is the other tenant's account, which is its consumer's name, too */
static const char *const attacks[] = {
    "API.INFO",
    "API.STREAM.LIST",
    "API.STREAM.NAMES",
    "API.STREAM.INFO." EVENTS,
    "API.STREAM.CREATE.MINE",
    "API.STREAM.UPDATE." EVENTS,
    "API.STREAM.PURGE." EVENTS,
    "API.STREAM.DELETE." EVENTS,
    "API.STREAM.MSG.GET." EVENTS,
    "API.STREAM.MSG.DELETE." EVENTS,
    "API.STREAM.SNAPSHOT." EVENTS,
    "API.STREAM.RESTORE." EVENTS,
    "API.STREAM.PEER.REMOVE." EVENTS,
    "API.STREAM.LEADER.STEPDOWN." EVENTS,
    "API.STREAM.TEMPLATE.NAMES",
    "API.DIRECT.GET." EVENTS,
    "API.CONSUMER.NAMES." EVENTS,
    "API.CONSUMER.LIST." EVENTS,
    "API.CONSUMER.CREATE." EVENTS,
    "API.CONSUMER.CREATE." EVENTS ".mine.chatsphere.event.v1.theirs.>",
    "API.CONSUMER.DURABLE.CREATE." EVENTS ".mine",
    "API.CONSUMER.INFO." EVENTS ".%s",
    "API.CONSUMER.MSG.NEXT." EVENTS ".%s",
    "API.CONSUMER.DELETE." EVENTS ".%s",
    "API.CONSUMER.LEADER.STEPDOWN." EVENTS ".%s",
    "API.META.LEADER.STEPDOWN",
    "API.SERVER.REMOVE",
    "API.ACCOUNT.PURGE.%s",
    "API.ACCOUNT.STREAM.MOVE.%s." EVENTS,
    "API.ACCOUNT.STREAM.CANCEL_MOVE.%s." EVENTS,
    "ACK." EVENTS ".%s.1.1.1.1.0",
};
static const char *const system_attacks[] = {
    "$SYS.REQ.SERVER.PING",
    "$SYS.REQ.SERVER.PING.JSZ",
    "$SYS.REQ.ACCOUNT.%s.INFO",
    "$SYS.REQ.ACCOUNT.%s.CONNZ",
    "$SYS.REQ.CLAIMS.UPDATE",
    "$SYS.REQ.CLAIMS.DELETE",
    "$SYS.REQ.ACCOUNT.%s.CLAIMS.UPDATE",
    "chatsphere.event.v1.theirs._.bot.deleted",
    "chatsphere.v1.auth.login",
};

typedef void attack_fn(natsConnection *nc, const char *subject);

static const char *subject_of(const char *form)
{
    const char *at = strstr(form, "%s");

    return at ? cs_printf(&arena, "%.*s%s%s", (int)(at - form), form, theirs.public_key, at + 2)
              : form;
}

static void attack_all(natsConnection *nc, attack_fn *fn)
{
    static const char *const prefixes[] = {"$JS.", "JS.cs.", "$JS.cs."};

    for (size_t p = 0; p < sizeof(prefixes) / sizeof(*prefixes); p++)
        for (size_t i = 0; i < sizeof(attacks) / sizeof(*attacks); i++)
            fn(nc, cs_printf(&arena, "%s%s", prefixes[p], subject_of(attacks[i])));
    for (size_t i = 0; i < sizeof(system_attacks) / sizeof(*system_attacks); i++)
        fn(nc, subject_of(system_attacks[i]));
}

static void is_refused(natsConnection *nc, const char *subject)
{
    check(!broker_may_ask(nc, subject, INBOX ".attack"), "its user may publish", subject);
}

/* without the user's permissions the account is the wall: nothing, or an error, and nothing of ours */
static void tells_nothing(natsConnection *nc, const char *subject)
{
    const char *answer = asked(nc, subject, "{}", 100);

    check(!answer || (!strstr(answer, "chatsphere.event") && !strstr(answer, theirs.public_key)),
          "its account is told something by", subject);
}

static void hears_nothing(natsConnection *limited, natsConnection *whole, jsCtx *js)
{
    static const char *const subjects[] = {">", "$SYS.>", "$JS.>", "chatsphere.>", "_INBOX.>"};
    natsSubscription *sub = NULL;
    natsMsg *msg = NULL;

    for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++)
        check(!broker_may_subscribe(limited, subjects[i], NULL), "its user may hear", subjects[i]);
    natsConnection_SubscribeSync(&sub, whole, "chatsphere.>");
    natsConnection_FlushTimeout(whole, 2000);
    streams_are_whole(js, "the attacks");
    check(natsSubscription_NextMsg(&msg, sub, 1) != NATS_OK, "its account hears", "the platform");
    natsMsg_Destroy(msg);
    natsSubscription_Destroy(sub);
}

/* ---- the operator's tail ends ---- */

enum { LARGE = 400 * 1024, N_LARGE = 24 };

static natsConnection *ops_dial(jsCtx **ret_js)
{
    natsConnection *nc =
        broker_dial(url, cs_printf(&arena, "%s/creds/ops.creds", folder), "_INBOX.ops");

    must(nc && natsConnection_JetStream(ret_js, nc, NULL) == NATS_OK,
         "the operator cannot connect");
    return nc;
}

/* The stream is emptied while most of it is still to be sent. */
static bool purge_at_first(void *state, const struct cs_tail_event *e)
{
    int *n = state;
    jsCtx *js;
    natsConnection *nc;

    (void)e;
    if ((*n)++ > 0)
        return true;
    nc = ops_dial(&js);
    must(js_PurgeStream(js, EVENTS, NULL, NULL) == NATS_OK, "the events cannot be purged");
    jsCtx_Destroy(js);
    natsConnection_Destroy(nc);
    return true;
}

static void large_events_publish(jsCtx *js)
{
    char *large = cs_alloc(&arena, LARGE);

    memset(large, 'x', LARGE);
    for (int i = 0; i < N_LARGE; i++)
        must(js_Publish(NULL, js, "chatsphere.event.v1.ours._.bot.created", large, LARGE, NULL,
                        NULL) == NATS_OK,
             "an event cannot be published");
}

/* What was pending when a message was sent may be gone: the reading does not wait for it. It closes the
 * library of the broker. */
static void tail_ends(void)
{
    static const struct cs_env settings[] = {CS_NATS_ENV("path of ops.creds"), {0}};
    int n = 0;
    struct cs_tail t = {.stream = EVENTS,
                        .filter = "chatsphere.event.v1.>",
                        .all = true,
                        .fn = purge_at_first,
                        .state = &n};
    struct cs_ops o;

    setenv("CHATSPHERE_NATS_URL", url, 1);
    setenv("CHATSPHERE_NATS_CREDS", cs_printf(&arena, "%s/creds/ops.creds", folder), 1);
    must(cs_env_load(settings, "tenant", 0, NULL), "the settings of the operator");
    must(cs_ops_open(&o), "the operator cannot connect");
    check(cs_tail(o.js, &t) == 0 && n > 0 && n < N_LARGE,
          "a tail of events that were purged meanwhile",
          cs_printf(&arena, "got %d of %d", n, N_LARGE));
    cs_ops_close(&o);
}

int main(int argc, char **argv)
{
    natsConnection *sys, *ops, *limited, *whole, *liar;
    jsCtx *js = NULL;

    if (argc != 3) {
        fprintf(stderr, "usage: tenant <nats url> <folder of nats-init>\n");
        return 2;
    }
    url = argv[1];
    folder = argv[2];
    cs_crypto_init();
    cs_arena_init(&arena);
    key_load("operator", &operator_key);
    key_load("account", &platform);
    cs_nkey_new(CS_NKEY_ACCOUNT, &ours);
    cs_nkey_new(CS_NKEY_ACCOUNT, &theirs);
    sys = broker_dial(url, cs_printf(&arena, "%s/creds/sys.creds", folder), NULL);
    ops = ops_dial(&js);
    must(sys != NULL, "the system's user cannot connect");
    account_push(sys, platform_jwt());
    account_push(sys, tenant_jwt(&ours, ours.public_key));
    streams_make(js);
    limited = user_dial(&ours, "limited", own_rights(ours.public_key));
    whole = user_dial(&ours, "whole", NULL);
    own_consumer_works(limited);
    streams_are_whole(js, "its own work");
    attack_all(limited, is_refused);
    attack_all(whole, tells_nothing);
    hears_nothing(limited, whole, js);
    account_push(sys, tenant_jwt(&ours, theirs.public_key)); /* it imports what is not its own */
    liar = user_dial(&ours, "liar", NULL);
    attack_all(liar, tells_nothing);
    streams_are_whole(js, "an import of another tenant's consumer");
    large_events_publish(js);
    jsCtx_Destroy(js);
    natsConnection_Destroy(liar);
    natsConnection_Destroy(whole);
    natsConnection_Destroy(limited);
    natsConnection_Destroy(ops);
    natsConnection_Destroy(sys);
    tail_ends();
    cs_arena_dispose(&arena);
    printf("tenant: %d passed, %d failed, 0 skipped\n", n_passed, n_failed);
    return n_failed > 0;
}
