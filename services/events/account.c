/* Claims of accounts, signed by the operator's key and pushed to the broker by a user of the system account. */
#include "events/account.h"

#include "base/env.h"
#include "base/file.h"
#include "base/log.h"
#include "base/clock.h"
#include "crypto/crypto.h"
#include "nats/bus.h"
#include "nats/creds.h"
#include "nats/tls.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 64 * 1024 };

static struct {
    bool ready;
    struct cs_nkey operator_key;
    char platform[sizeof(((struct cs_nkey *)0)->public_key)]; /* account of the platform */
    pthread_mutex_t lock;
    natsConnection *claims; /* made when it is needed first */
} accounts = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The issuer of our own credentials is the account of the platform. */
static bool platform_load(struct cs_arena *a)
{
    const char *text = cs_file_read(a, cs_env("NATS_CREDS"), FILE_MAX, NULL);
    const char *jwt = text ? cs_creds_part(a, text, "NATS USER JWT") : NULL;
    const char *claims = jwt ? strchr(jwt, '.') : NULL;
    size_t len = 0;

    if (!claims)
        return false;
    claims++;
    const char *json = cs_base64url_parse(a, cs_strndup(a, claims, strcspn(claims, ".")), &len);
    json_t *all = json ? json_loadb(json, len, 0, NULL) : NULL;
    const char *issuer = json_string_value(json_object_get(all, "iss"));
    bool good = issuer && strlen(issuer) < sizeof(accounts.platform);
    if (good)
        memcpy(accounts.platform, issuer, strlen(issuer) + 1);
    json_decref(all);
    return good;
}

int account_start(void)
{
    const char *path = cs_env("NATS_CLAIMS_FILE");
    struct cs_arena a;

    if (!path)
        return 0;
    cs_arena_init(&a);
    const char *text = cs_file_read(&a, path, FILE_MAX, NULL);
    const char *seed = text ? cs_creds_part(&a, text, "OPERATOR NKEY SEED") : NULL;
    accounts.ready = seed && cs_nkey_from_seed(seed, &accounts.operator_key) &&
                     accounts.operator_key.kind == CS_NKEY_OPERATOR && platform_load(&a);
    cs_arena_dispose(&a);
    if (accounts.ready)
        return 0;
    cs_log(CS_ERROR, "a setting is wrong", "setting", "CHATSPHERE_NATS_CLAIMS_FILE", "reason",
           "must be claims.creds of chatsphere nats-init", NULL);
    return -1;
}

void account_stop(void)
{
    natsConnection_Destroy(accounts.claims);
    accounts.claims = NULL;
    explicit_bzero(&accounts.operator_key, sizeof(accounts.operator_key));
}

static int account_fail(struct cs_call *call, const char *what, const char *why)
{
    cs_log(CS_ERROR, what, "reason", why, NULL);
    return cs_fail(call, CS_OVERLOADED, "The broker of the platform cannot be asked. Retry later.");
}

int account_ready(struct cs_call *call)
{
    return accounts.ready
               ? 0
               : cs_fail(call, CS_OVERLOADED, "The broker of the platform takes no subscribers.");
}

/* ---- the system account ---- */

static natsStatus claims_connect(natsConnection **ret)
{
    natsOptions *o = NULL;
    natsStatus s = natsOptions_Create(&o);

    if (s == NATS_OK)
        s = natsOptions_SetURL(o, cs_env("NATS_URL"));
    if (s == NATS_OK)
        s = cs_creds_use(o, cs_env("NATS_CLAIMS_FILE"));
    if (s == NATS_OK)
        s = cs_nats_tls(o, cs_env("NATS_URL"), cs_env("NATS_CA"));
    if (s == NATS_OK)
        s = natsOptions_SetCustomInboxPrefix(o, "_INBOX.claims");
    if (s == NATS_OK)
        s = natsOptions_SetTimeout(o, ACCOUNT_WAIT_MS);
    if (s == NATS_OK)
        s = natsOptions_SetMaxReconnect(o, -1);
    if (s == NATS_OK)
        s = natsConnection_Connect(ret, o);
    natsOptions_Destroy(o);
    return s;
}

static int claims_request(struct cs_call *call, const char *subject, const char *jwt)
{
    natsMsg *reply = NULL;
    natsStatus s = NATS_OK;

    pthread_mutex_lock(
        &accounts.lock); /* not while the broker answers: a slow one would hold up all */
    if (!accounts.claims)
        s = claims_connect(&accounts.claims);
    natsConnection *claims = accounts.claims;
    pthread_mutex_unlock(&accounts.lock);
    if (s == NATS_OK)
        s = natsConnection_RequestString(&reply, claims, subject, jwt, ACCOUNT_WAIT_MS);
    if (s != NATS_OK)
        return account_fail(call, "the broker takes no claims", natsStatus_GetText(s));
    const char *text =
        cs_strndup(call->arena, natsMsg_GetData(reply), (size_t)natsMsg_GetDataLength(reply));
    natsMsg_Destroy(reply);
    return strstr(text, "\"code\":200") ? 0 : account_fail(call, "the broker refuses claims", text);
}

/* ---- an account ---- */

static json_t *account_import(const char *subject, const char *local)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", subject, "subject", subject, "account",
                     accounts.platform, "local_subject", local, "type", "service");
}

static json_t *account_imports(struct cs_arena *a, const char *consumer)
{
    const char *next = cs_printf(a, "CONSUMER.MSG.NEXT." ACCOUNT_STREAM ".%s", consumer);
    const char *info = cs_printf(a, "CONSUMER.INFO." ACCOUNT_STREAM ".%s", consumer);
    const char *ack = cs_printf(a, "$JS.ACK." ACCOUNT_STREAM ".%s.>", consumer);

    return json_pack("[o, o, o]",
                     account_import(cs_printf(a, "$JS.API.%s", next),
                                    cs_printf(a, ACCOUNT_API_PREFIX ".%s", next)),
                     account_import(cs_printf(a, "$JS.API.%s", info),
                                    cs_printf(a, ACCOUNT_API_PREFIX ".%s", info)),
                     account_import(ack, ack));
}

static const char *account_jwt(struct cs_arena *a, const struct subscription_row *s,
                               json_t *imports, json_t *revoked)
{
    json_t *limits = json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:b}", "subs", 1000, "data", -1,
                               "payload", 4096, "imports", -1, "exports", 0, "conn",
                               ACCOUNT_CONNECTIONS, "leaf", 0, "wildcards", 0);

    return cs_nkey_jwt(a, &accounts.operator_key, s->account, s->id,
                       json_pack("{s:s, s:i, s:o, s:o, s:o}", "type", "account", "version", 2,
                                 "limits", limits, "imports", imports, "revocations", revoked));
}

const char *account_user(struct cs_arena *a, const struct cs_nkey *account, const char *name,
                         const char **ret_user_key)
{
    const char *consumer = account->public_key;
    struct cs_nkey user;
    json_t *nats = json_pack(
        "{s:s, s:i, s:i, s:i, s:i, s:{s:[s, s, s]}, s:{s:[s]}}", "type", "user", "version", 2,
        "subs", -1, "data", -1, "payload", -1, "pub", "allow",
        cs_printf(a, ACCOUNT_API_PREFIX ".CONSUMER.MSG.NEXT." ACCOUNT_STREAM ".%s", consumer),
        cs_printf(a, ACCOUNT_API_PREFIX ".CONSUMER.INFO." ACCOUNT_STREAM ".%s", consumer),
        cs_printf(a, "$JS.ACK." ACCOUNT_STREAM ".%s.>", consumer), "sub", "allow",
        ACCOUNT_INBOX_PREFIX ".>");

    cs_nkey_new(CS_NKEY_USER, &user);
    *ret_user_key = cs_strdup(a, user.public_key);
    const char *text =
        cs_nkey_creds(a, cs_nkey_jwt(a, account, user.public_key, name, nats), &user);
    explicit_bzero(&user, sizeof(user));
    return text;
}

static json_t *account_revoked(const struct subscription_row *s)
{
    json_t *revoked = json_object();

    for (size_t i = 0; i < s->n_revoked; i++)
        json_object_set_new(revoked, s->revoked[i], json_integer(s->revoked_s));
    return revoked;
}

int account_publish(struct cs_call *call, const struct subscription_row *s)
{
    return claims_request(
        call, "$SYS.REQ.CLAIMS.UPDATE",
        account_jwt(call->arena, s, account_imports(call->arena, s->account), account_revoked(s)));
}

int account_remove(struct cs_call *call, const struct subscription_row *s)
{
    json_t *revoked = account_revoked(s);
    const struct cs_nkey *key = &accounts.operator_key;

    json_object_set_new(revoked, s->user_key, json_integer(cs_now_ms() / 1000 + 1));
    int r = claims_request(call, "$SYS.REQ.CLAIMS.UPDATE",
                           account_jwt(call->arena, s, json_array(), revoked));
    if (r)
        return r;
    return claims_request(call, "$SYS.REQ.CLAIMS.DELETE",
                          cs_nkey_jwt(call->arena, key, key->public_key, "delete",
                                      json_pack("{s:s, s:i, s:[s]}", "type", "generic", "version",
                                                2, "accounts", s->account)));
}
