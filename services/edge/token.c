/*
 * A hash table of tokens, in which an entry with a pending look-up keeps the requests that wait
 * for it.
 */
#include "edge/token.h"

#include "edge/http/room.h"

#include "base/clock.h"
#include "base/buf.h"
#include "base/err.h"
#include "crypto/crypto.h"
#include "pbjson/json.h"
#include "pbjson/pbjson.h"

#include "chatsphere/v1/names.h"

#include <stdlib.h>
#include <string.h>

enum {
    SETS = 1024,
    WAYS = 4,
    TRUST_MS = 2000,   /* how long an answer of auth is believed, from the question on ... */
    REFUSED_MS = 5000, /* ... and that there is no such key */
    OVERLOAD_TRUST_MS = 10 * 1000, /* the same where auth is overloaded or away */
    ASK_MS = 5000,                 /* for an answer of auth ... */
    ASK_AGAIN_MS = 500,            /* ... where the last one may still be believed */
    BEARER_MAX = 4096,
    KEY_MAX = 200,
    TOKEN_TREE_MAX = 64 * 1024, /* of the header of a JWT as JSON */
};

static struct room waiting_for_keys = {
    .max = 1024,
    .gauge = "cs_edge_waiting_for_keys",
    .help = "requests whose token names a key that is being fetched",
    .refused = "cs_edge_waiting_for_keys_refused_total",
    .because = "requests that were refused because too many wait for keys",
};

struct token {
    unsigned char hash[32];
    struct tokens *owner;
    struct identity who;           /* its strings are the token's own */
    char kid[TOKEN_KID_SIZE];      /* of a JWT: the key that signed it */
    char *api_key;                 /* only while auth is asked */
    const char *address, *network; /* the same: whose question it is; of the scratch */
    int64_t expires_ms, used_ms;
    int64_t asked_ms, checked_ms; /* checked: when auth was asked for what is believed now */
    int64_t good_ms;              /* when auth was asked and said yes; 0: never */
    int status;                   /* what auth said */
    bool asking, pinned;          /* neither may be thrown out */
    struct list waiters;
    struct bridge_call call;
    struct cs_arena scratch; /* of the question */
};

struct tokens {
    struct bridge *bridge;
    struct keys *keys;
    struct limits *limits;
    struct token *sets[SETS][WAYS];
    struct list parked; /* checks that wait for keys */
};

const char *token_bearer(const char *authorization)
{
    static const char scheme[] = "Bearer ";
    size_t n = sizeof(scheme) - 1;

    if (!authorization || strncasecmp(authorization, scheme, n) != 0)
        return NULL;
    authorization += n;
    authorization += strspn(authorization, " ");
    if (!*authorization || strlen(authorization) > BEARER_MAX)
        return NULL;
    for (const char *p = authorization; *p; p++)
        if (*p <= ' ' || *p > '~')
            return NULL;
    return authorization;
}

bool token_kid(const char *jwt, char out[TOKEN_KID_SIZE])
{
    const char *dot = strchr(jwt, '.');
    struct cs_arena a;
    size_t len = 0;
    bool ok = false;

    if (!dot || dot - jwt > 512)
        return false;
    cs_arena_init(&a);
    const char *head = cs_base64url_parse(&a, cs_strndup(&a, jwt, (size_t)(dot - jwt)), &len);
    json_t *json = head ? pbjson_load(head, len, 0, TOKEN_TREE_MAX, NULL, NULL) : NULL;
    const char *kid = json_string_value(json_object_get(json, "kid"));
    if (kid && strlen(kid) < TOKEN_KID_SIZE) {
        snprintf(out, TOKEN_KID_SIZE, "%s", kid);
        ok = true;
    }
    json_decref(json);
    cs_arena_dispose(&a);
    return ok;
}

/* ---- the cache ---- */

static void text_set(const char **field, const char *value)
{
    free((char *)*field);
    *field = value ? strdup(value) : NULL;
}

static void token_free(struct token *t)
{
    if (!t)
        return;
    text_set(&t->who.tenant, NULL);
    text_set(&t->who.principal, NULL);
    text_set(&t->who.roles, NULL);
    text_set(&t->who.session, NULL);
    text_set(&t->who.origin, NULL);
    free(t->api_key);
    if (t->asking) {
        bridge_cancel(t->owner->bridge, &t->call, false);
        cs_arena_dispose(&t->scratch);
    }
    free(t);
}

static struct token **token_set(struct tokens *ts, const unsigned char hash[32])
{
    return ts->sets[(hash[0] | hash[1] << 8) % SETS];
}

static struct token *token_find(struct tokens *ts, const unsigned char hash[32])
{
    struct token **set = token_set(ts, hash);

    for (int i = 0; i < WAYS; i++)
        if (set[i] && memcmp(set[i]->hash, hash, 32) == 0)
            return set[i];
    return NULL;
}

static void token_drop(struct tokens *ts, struct token *t)
{
    struct token **set = token_set(ts, t->hash);

    for (int i = 0; i < WAYS; i++)
        if (set[i] == t)
            set[i] = NULL;
    token_free(t);
}

/* The least goes first: a refused one, then the one that was not used for the longest time. */
static int64_t token_worth(const struct token *t)
{
    return t->used_ms - (t->status == CS_UNAUTHENTICATED ? INT64_MAX / 2 : 0);
}

/* NULL: every place is taken by a token that is being asked about */
static struct token *token_add(struct tokens *ts, const unsigned char hash[32])
{
    struct token **set = token_set(ts, hash), **place = NULL;

    for (int i = 0; i < WAYS; i++) {
        if (set[i] && (set[i]->asking || set[i]->pinned))
            continue;
        if (!place || !set[i] || (*place && token_worth(set[i]) < token_worth(*place)))
            place = &set[i];
        if (!set[i])
            break;
    }
    if (!place)
        return NULL;
    token_free(*place);
    struct token *t = *place = calloc(1, sizeof(*t));
    if (!t)
        abort();
    memcpy(t->hash, hash, 32);
    t->owner = ts;
    t->used_ms = cs_mono_ms();
    list_init(&t->waiters);
    return t;
}

/* ---- reading a JWT ---- */

static const char *claim_text(json_t *claims, const char *name)
{
    const char *s = json_string_value(json_object_get(claims, name));

    return s && *s && strlen(s) <= 300 ? s : NULL;
}

static struct token *token_of_claims(struct tokens *ts, const unsigned char hash[32],
                                     const char *kid, json_t *claims)
{
    const char *sub = claim_text(claims, "sub"), *tid = claim_text(claims, "tid");
    const char *role = claim_text(claims, "role");
    int64_t exp = json_integer_value(json_object_get(claims, "exp"));
    char text[128];

    if (!sub || !tid || !role || !exp || !claim_text(claims, "sid"))
        return NULL;
    struct token *t = token_add(ts, hash);
    if (!t)
        return NULL;
    t->expires_ms = exp * 1000;
    snprintf(t->kid, sizeof(t->kid), "%s", kid);
    text_set(&t->who.tenant, tid);
    if (strcmp(role, "visitor") == 0) {
        t->who.carrier = CARRIER_VISITOR;
        text_set(&t->who.principal, sub);
        text_set(&t->who.roles, role);
        text_set(&t->who.origin, claim_text(claims, "origin"));
        return t;
    }
    t->who.carrier = CARRIER_USER;
    snprintf(text, sizeof(text), "user:%s", sub);
    text_set(&t->who.principal, text);
    snprintf(text, sizeof(text), "%s%s", role,
             json_is_true(json_object_get(claims, "staff")) ? ",staff" : "");
    text_set(&t->who.roles, text);
    text_set(&t->who.session, claim_text(claims, "sid"));
    return t;
}

/* ---- asking auth ---- */

static void answer_waiters(struct token *t, int status)
{
    t->used_ms = cs_mono_ms();
    t->pinned = true;
    while (!list_empty(&t->waiters)) {
        struct token_check *c = LIST_OF(t->waiters.next, struct token_check, link);
        list_remove(&c->link);
        c->done(c->user, status, status == 0 ? &t->who : NULL);
    }
    t->pinned = false;
}

static int token_believe(struct token *t, const Principal *p)
{
    CS_BUF_AUTO struct cs_buf roles = {0};

    if (!p || !p->tenant_id || !p->principal)
        return CS_UNAUTHENTICATED;
    text_set(&t->who.tenant, p->tenant_id);
    text_set(&t->who.principal, p->principal);
    for (size_t i = 0; i < p->n_roles; i++)
        cs_buf_addf(&roles, "%s%s", i ? "," : "", p->roles[i]);
    if (p->n_roles)
        text_set(&t->who.roles, roles.data ? roles.data : "");
    if (p->has_expires_at && p->expires_at > 0 &&
        (t->expires_ms == 0 || p->expires_at < t->expires_ms))
        t->expires_ms = p->expires_at;
    return 0;
}

/* Passwords that are guessed must not sign out everybody else: a flood of them delays auth only. */
static bool token_good_lately(const struct token *t)
{
    return t->good_ms && cs_mono_ms() - t->good_ms < OVERLOAD_TRUST_MS;
}

static void on_principal(void *user, const struct bridge_reply *reply)
{
    struct token *t = user;
    int status = reply->status;

    if (status == 0)
        status = token_believe(
            t, (const Principal *)pbjson_unpack(&t->scratch, RPC_AUTH_CHECK_CREDENTIAL->output,
                                                reply->data, reply->len));
    else if (status < 500)
        status = CS_UNAUTHENTICATED;
    else if (status != CS_TIMEOUT)
        status = CS_OVERLOADED;
    if (status == CS_UNAUTHENTICATED && t->who.carrier == CARRIER_KEY) {
        limit_charge(t->owner->limits, LIMIT_UNKNOWN_KEY, t->address, cs_mono_ms());
        if (t->network)
            limit_charge(t->owner->limits, LIMIT_UNKNOWN_KEY_WIDE, t->network, cs_mono_ms());
    }
    if (status == 0)
        t->good_ms = t->asked_ms;
    if (status >= 500 && token_good_lately(t))
        status = 0;
    t->status = status;
    t->checked_ms = status < 500 ? t->asked_ms : 0;
    t->asking = false;
    free(t->api_key);
    t->api_key = NULL;
    cs_arena_dispose(&t->scratch);
    answer_waiters(t, status);
}

static void token_ask(struct tokens *ts, struct token *t, const struct token_check *c)
{
    CheckCredentialRequest req = CHECK_CREDENTIAL_REQUEST_INIT;

    cs_arena_init(&t->scratch);
    t->asking = true;
    t->asked_ms = cs_mono_ms();
    req.api_key = t->api_key;
    req.session_id = (char *)t->who.session;
    t->address = cs_strdup(&t->scratch, c->address);
    t->network = cs_strdup(&t->scratch, c->network);
    t->call = (struct bridge_call){
        .rpc = RPC_AUTH_CHECK_CREDENTIAL,
        .request_id = cs_strdup(&t->scratch, c->request_id),
        .traceparent = cs_strdup(&t->scratch, c->traceparent),
        .principal = "service:edge",
        .repeatable = true,
        .timeout_ms = token_good_lately(t) ? ASK_AGAIN_MS : ASK_MS,
        .done = on_principal,
        .user = t,
    };
    t->call.data = pbjson_pack(&t->scratch, &req.base, &t->call.len);
    bridge_send(ts->bridge, &t->call);
}

/* ---- checking ---- */

/* c may be gone then */
static void check_refuse(struct token_check *c, int status)
{
    c->done(c->user, status, NULL);
}

static bool token_believed(const struct token *t, int64_t now)
{
    bool no_key = t->status && t->who.carrier == CARRIER_KEY;

    if (t->status == 0 && t->checked_ms != t->good_ms && !token_good_lately(t))
        return false;
    return t->checked_ms && now - t->checked_ms < (no_key ? REFUSED_MS : TRUST_MS);
}

/* t NULL: an unknown key. False: refused, since its address has guessed too often. */
static bool token_may_ask(struct tokens *ts, const struct token *t, struct token_check *c)
{
    bool was_good = t && t->checked_ms && !t->status;
    int64_t wait;

    if (t && (t->who.carrier != CARRIER_KEY || was_good || t->asking))
        return true;
    wait = limit_wait(ts->limits, LIMIT_UNKNOWN_KEY, c->address, cs_mono_ms());
    if (!wait && c->network)
        wait = limit_wait(ts->limits, LIMIT_UNKNOWN_KEY_WIDE, c->network, cs_mono_ms());
    if (wait == 0)
        return true;
    c->wait_ms = wait;
    check_refuse(c, CS_LIMITED);
    return false;
}

static void token_wait(struct tokens *ts, struct token *t, struct token_check *c)
{
    list_add(&t->waiters, &c->link);
    if (t->asking)
        return;
    if (t->who.carrier == CARRIER_KEY && !t->api_key)
        t->api_key = strdup(c->bearer);
    token_ask(ts, t, c);
}

/* Whether it has expired, or was signed by a key that auth has dropped since. */
static bool token_over(const struct token *t)
{
    return (t->expires_ms && t->expires_ms <= cs_now_ms()) ||
           (t->kid[0] && !keys_have(t->owner->keys, t->kid));
}

static void check_known(struct tokens *ts, struct token *t, struct token_check *c)
{
    int64_t now = cs_mono_ms();

    t->used_ms = now;
    if (token_over(t)) {
        if (!t->asking && !t->pinned)
            token_drop(ts, t);
        check_refuse(c, CS_UNAUTHENTICATED);
    } else if (t->who.carrier == CARRIER_VISITOR) {
        c->done(c->user, 0, &t->who);
    } else if (token_believed(t, now)) {
        c->done(c->user, t->status, t->status ? NULL : &t->who);
    } else if (token_may_ask(ts, t, c)) {
        token_wait(ts, t, c);
    }
}

static void check_key(struct tokens *ts, struct token_check *c, const unsigned char hash[32])
{
    if (strlen(c->bearer) > KEY_MAX) {
        check_refuse(c, CS_UNAUTHENTICATED);
        return;
    }
    if (!token_may_ask(ts, NULL, c))
        return;
    struct token *t = token_add(ts, hash);
    if (!t) {
        check_refuse(c, CS_OVERLOADED);
        return;
    }
    t->who.carrier = CARRIER_KEY;
    token_wait(ts, t, c);
}

static void check_jwt(struct tokens *ts, struct token_check *c, const unsigned char hash[32])
{
    char kid[TOKEN_KID_SIZE];

    if (!token_kid(c->bearer, kid)) {
        check_refuse(c, CS_UNAUTHENTICATED);
        return;
    }
    if (!keys_have(ts->keys, kid) && keys_fetch(ts->keys) && room_enter(&waiting_for_keys)) {
        list_add(&ts->parked, &c->link);
        c->waits_for_keys = true;
        return;
    }
    if (!keys_have(ts->keys, kid) && !keys_sure(ts->keys)) {
        check_refuse(c, CS_OVERLOADED);
        return;
    }
    json_t *claims = keys_verify(ts->keys, c->bearer);
    struct token *t = claims ? token_of_claims(ts, hash, kid, claims) : NULL;
    json_decref(claims);
    if (t)
        check_known(ts, t, c);
    else
        check_refuse(c, CS_UNAUTHENTICATED);
}

enum token_knowledge tokens_known(struct tokens *ts, const char *bearer,
                                  const struct identity **ret_who)
{
    unsigned char hash[32];
    char kid[TOKEN_KID_SIZE];

    cs_sha256(hash, bearer, strlen(bearer));
    struct token *t = token_find(ts, hash);
    if (!t && strncmp(bearer, "cs_", 3) != 0) {
        if (!token_kid(bearer, kid))
            return TOKEN_BAD;
        if (!keys_have(ts->keys, kid))
            return TOKEN_UNKNOWN;
        json_t *claims = keys_verify(ts->keys, bearer);
        if (!claims)
            return TOKEN_BAD;
        t = token_of_claims(ts, hash, kid, claims);
        json_decref(claims);
    }
    if (!t)
        return TOKEN_UNKNOWN;
    if (token_over(t))
        return TOKEN_BAD;
    if (t->status == CS_UNAUTHENTICATED && token_believed(t, cs_mono_ms()))
        return TOKEN_BAD;
    if (t->who.carrier == CARRIER_KEY && !t->good_ms)
        return TOKEN_UNKNOWN;
    *ret_who = &t->who;
    return TOKEN_GOOD;
}

void tokens_check(struct tokens *ts, struct token_check *c)
{
    unsigned char hash[32];

    list_init(&c->link);
    c->waits_for_keys = false;
    cs_sha256(hash, c->bearer, strlen(c->bearer));
    struct token *t = token_find(ts, hash);
    if (t)
        check_known(ts, t, c);
    else if (strncmp(c->bearer, "cs_", 3) == 0)
        check_key(ts, c, hash);
    else
        check_jwt(ts, c, hash);
}

void tokens_forget(struct token_check *c)
{
    list_remove(&c->link);
    if (c->waits_for_keys)
        room_leave(&waiting_for_keys);
    c->waits_for_keys = false;
}

/* Every check that waited is made again; one whose key is still unknown is refused, as the fetch has a pause. */
static void on_keys_changed(void *user)
{
    struct tokens *ts = user;
    struct list again;

    list_init(&again);
    while (!list_empty(&ts->parked)) {
        struct token_check *c = LIST_OF(ts->parked.next, struct token_check, link);
        tokens_forget(c);
        list_add(&again, &c->link);
    }
    while (!list_empty(&again)) {
        struct token_check *c = LIST_OF(again.next, struct token_check, link);
        list_remove(&c->link);
        tokens_check(ts, c);
    }
}

struct tokens *tokens_new(struct bridge *b, struct keys *k, struct limits *limits)
{
    struct tokens *ts = calloc(1, sizeof(*ts));

    if (!ts)
        abort();
    ts->bridge = b;
    ts->keys = k;
    ts->limits = limits;
    list_init(&ts->parked);
    keys_on_change(k, on_keys_changed, ts);
    return ts;
}

void tokens_free(struct tokens *ts)
{
    for (int i = 0; i < SETS; i++)
        for (int w = 0; w < WAYS; w++)
            token_free(ts->sets[i][w]);
    free(ts);
}
