/* Provider keys stored, deleted and opened for the services that call providers. */
#include "bot-store/key.h"

#include "bot-store/bot.h"
#include "bot-store/fallback.h"
#include "bot-store/provider.h"
#include "bot-store/reseal.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/id.h"
#include "base/log.h"
#include "bot/origin.h"
#include "bus/service.h"
#include "crypto/crypto.h"
#include "http/guard.h"
#include "obs/secret_watch.h"
#include "pg/pg.h"

#include <pthread.h>
#include <string.h>
#include <strings.h>

enum { LAST = 4, SHOW_LAST_FROM = 12 /* a shorter key would be half given away */ };

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct cs_seal_ring ring;

static int seal_keys_load(const char *text)
{
    struct cs_seal_ring loaded;

    if (!cs_seal_ring_parse(text, &loaded)) {
        cs_log(CS_ERROR, "a setting is wrong", "setting", "CHATSPHERE_SEAL_KEY", "reason",
               "must be lines of base64url of 32 bytes", NULL);
        return -1;
    }
    pthread_rwlock_wrlock(&lock);
    ring = loaded;
    pthread_rwlock_unlock(&lock);
    explicit_bzero(&loaded, sizeof(loaded));
    reseal_wake();
    return 0;
}

int key_start(const char *seal_keys)
{
    if (seal_keys_load(seal_keys) < 0)
        return -1;
    cs_secret_watch("SEAL_KEY", seal_keys_load);
    return 0;
}

void key_stop(void)
{
    explicit_bzero(&ring, sizeof(ring));
}

/* a box fits nowhere else */
static const char *bound_to(struct cs_arena *a, const char *tenant, const char *bot,
                            const char *provider)
{
    return cs_printf(a, "%s/%s/%s", tenant, bot, provider);
}

static void *box_seal(struct cs_arena *a, const char *bound, const char *secret, size_t *ret_len)
{
    void *box;

    pthread_rwlock_rdlock(&lock);
    box = cs_seal(a, cs_seal_ring_newest(&ring), bound, secret, ret_len);
    pthread_rwlock_unlock(&lock);
    return box;
}

static char *box_open(struct cs_arena *a, const char *bound, const void *box, size_t len)
{
    char *secret;

    pthread_rwlock_rdlock(&lock);
    secret = cs_unseal(a, &ring, bound, box, len);
    pthread_rwlock_unlock(&lock);
    return secret;
}

void *key_seal(struct cs_arena *a, const Bot *bot, const char *name, const char *secret,
               size_t *ret_len)
{
    return box_seal(a, bound_to(a, bot->tenant_id, bot->id, name), secret, ret_len);
}

char *key_open(struct cs_arena *a, const Bot *bot, const char *name, const void *box, size_t len)
{
    return box_open(a, bound_to(a, bot->tenant_id, bot->id, name), box, len);
}

bool key_new_one_waits(void)
{
    int64_t now = cs_now_ms() / 1000;
    bool waits = false;

    pthread_rwlock_rdlock(&lock);
    for (size_t i = 0; i < ring.n; i++)
        waits = waits || ring.at[i].from_s > now;
    pthread_rwlock_unlock(&lock);
    return waits;
}

void key_head(unsigned char out[CS_SEAL_HEAD])
{
    pthread_rwlock_rdlock(&lock);
    cs_seal_head(out, cs_seal_ring_newest(&ring));
    pthread_rwlock_unlock(&lock);
}

bool key_reseal(struct cs_arena *a, struct stale_box *box)
{
    const char *bound = bound_to(a, box->tenant, box->bot, box->provider);
    char *secret = box_open(a, bound, box->box, box->len);

    if (!secret)
        return false;
    box->box = box_seal(a, bound, secret, &box->len);
    explicit_bzero(secret, strlen(secret));
    return true;
}

/*
 * Refuses an address that a chat could never reach. Names other than localhost are not looked up: a
 * name may lead elsewhere by the time it is used.
 */
static int base_url_check(struct cs_call *call, const struct cs_base_url *base)
{
    if (cs_guard_allows_host(cs_env("EGRESS_ALLOW"), base->host, base->port))
        return 0;
    return cs_fail(
        call, CS_UNPROCESSABLE,
        "The base_url leads to %s:%d, which is not a public address. The operator of the "
        "platform can allow it with the setting CHATSPHERE_EGRESS_ALLOW=%s:%d.",
        base->host, base->port, base->host, base->port);
}

/* A key as it was pasted: without what a copy brings along, which no key has. */
static char *key_tidied(struct cs_arena *a, const char *key)
{
    static const char around[] = " \t\r\n\"'", bearer[] = "Bearer ";
    size_t n;

    key += strspn(key, around);
    if (strncasecmp(key, bearer, sizeof(bearer) - 1) == 0)
        key += sizeof(bearer) - 1;
    key += strspn(key, around);
    for (n = strlen(key); n > 0 && strchr(around, key[n - 1]);)
        n--;
    return cs_strndup(a, key, n);
}

static int key_check(struct cs_call *call, const SetProviderKeyRequest *req, const char *api_key,
                     const struct cs_base_url **ret)
{
    const char *s = api_key;
    int r = 0;

    *ret = req->base_url ? cs_base_url(call->arena, req->base_url) : NULL;
    if (!provider_takes_key(req->provider))
        r = cs_fail_field(
            call, "provider",
            "The value must be the name of a provider: lower-case letters, digits and dashes.");
    else if (!provider_known(req->provider) && !req->base_url)
        r = cs_fail_field(call, "base_url", "The field is required for an unknown provider.");
    if (req->base_url && !*ret)
        r = cs_fail_field(call, "base_url",
                          "The value must be an http or https address without user and query.");
    while (*s > ' ' && *s < 0x7f)
        s++;
    if (*s || !*api_key) /* the key travels in an HTTP header */
        r = cs_fail_field(call, "api_key", "The value must be printable ASCII without spaces.");
    return r == 0 && *ret ? base_url_check(call, *ret) : r;
}

static ProviderKey *key_new(struct cs_arena *a, const SetProviderKeyRequest *req,
                            const char *api_key, const struct cs_base_url *base)
{
    ProviderKey *key = ProviderKey_new(a);
    size_t n = strlen(api_key);

    key->provider = req->provider;
    key->last4 = cs_strdup(a, n < SHOW_LAST_FROM ? "" : api_key + n - LAST);
    key->base_url = base ? cs_strdup(a, base->url) : NULL;
    ProviderKey_set_updated_at(key, cs_now_ms());
    return key;
}

/* the place of the provider's key in the bot, or n_provider_keys */
static size_t key_find(const Bot *bot, const char *provider)
{
    size_t i = 0;

    while (i < bot->n_provider_keys && strcmp(bot->provider_keys[i]->provider, provider) != 0)
        i++;
    return i;
}

static void key_put(struct cs_arena *a, Bot *bot, ProviderKey *key)
{
    size_t at = key_find(bot, key->provider), n = bot->n_provider_keys;
    ProviderKey **keys = CS_NEW(a, ProviderKey *, n + 1);

    for (size_t i = 0; i < n; i++)
        keys[i] = bot->provider_keys[i];
    keys[at] = key;
    bot->provider_keys = keys;
    bot->n_provider_keys = at == n ? n + 1 : n;
}

/* as the event of the change names it */
static char *keys_changed[] = {(char[]){"provider_keys"}};

CS_HANDLER(BotStore, list_providers, Empty, ProviderList)
{
    (void)req;
    while (cs_provider_at(rep->n_items))
        rep->n_items++;
    rep->items = CS_NEW(call->arena, Provider *, rep->n_items);
    for (size_t i = 0; i < rep->n_items; i++) {
        const struct cs_provider *known = cs_provider_at(i);
        Provider *p = rep->items[i] = Provider_new(call->arena);

        p->name = (char *)known->name;
        p->title = (char *)known->title;
        p->base_url = (char *)known->base_url;
        Provider_set_needs_key(p, !known->keyless && !known->inside);
        Provider_set_needs_base_url(p, !known->base_url && !known->inside);
        Provider_set_chat(p, (known->use & CS_PROVIDER_CHAT) != 0);
        Provider_set_embedding(p, (known->use & CS_PROVIDER_EMBED) != 0);
        Provider_set_rerank(p, (known->use & CS_PROVIDER_RERANK) != 0);
    }
    return 0;
}

CS_HANDLER(BotStore, set_provider_key, SetProviderKeyRequest, ProviderKey)
{
    const char *api_key = key_tidied(call->arena, req->api_key);
    const struct cs_base_url *base;
    ProviderKey *key;
    size_t len;
    void *box;
    Bot *bot;
    int r;

    if ((r = key_check(call, req, api_key, &base)) < 0 ||
        (r = bot_lock(call, req->bot_id, &bot)) < 0)
        return r;
    key = key_new(call->arena, req, api_key, base);
    key_put(call->arena, bot, key);
    if (bot->n_provider_keys > BOT_MAX_KEYS) {
        cs_pg_rollback(call->pg);
        return cs_fail(call, CS_CONFLICT, "The bot has %d provider keys, which is the maximum.",
                       BOT_MAX_KEYS);
    }
    box = box_seal(call->arena, bound_to(call->arena, bot->tenant_id, bot->id, req->provider),
                   api_key, &len);
    store_key_put(call, bot, key, box, len);
    if ((r = bot_changed(call, bot, keys_changed, 1)) < 0)
        return r;
    *rep = *key;
    return 0;
}

static int no_such_key(struct cs_call *call)
{
    return cs_fail(call, CS_NOT_FOUND, "No key is stored for this provider.");
}

/* ---- the identity of visitors ---- */

CS_HANDLER(BotStore, create_identity_secret, BotRequest, IdentitySecret)
{
    ProviderKey *key = ProviderKey_new(call->arena);
    const char *bound;
    size_t len;
    void *box;
    Bot *bot;
    int r = bot_lock(call, req->bot_id, &bot);

    if (r < 0)
        return r;
    rep->secret = cs_token_new(call->arena, "");
    key->provider = (char[]){STORE_IDENTITY};
    key->last4 = (char[]){""};
    ProviderKey_set_updated_at(key, cs_now_ms());
    bound = bound_to(call->arena, bot->tenant_id, bot->id, STORE_IDENTITY);
    box = box_seal(call->arena, bound, rep->secret, &len);
    store_key_put(call, bot, key, box, len);
    return bot_changed(call, bot, (char *[]){(char[]){"identity_secret"}}, 1);
}

/* The topology lets chat alone call it: a visitor has no workspace, so that of the public bot counts. */
CS_HANDLER(BotStore, check_identity, CheckIdentityRequest, Empty)
{
    struct sealed_key sealed;
    const char *secret;
    Bot *bot;
    int r = cs_id_valid(req->bot_id) ? store_public_bot(call, req->bot_id, &bot) : STORE_NONE;

    (void)rep;
    if (r != 0)
        return r == STORE_NONE ? bot_none(call) : r;
    call->tenant = bot->tenant_id;
    r = store_key(call, req->bot_id, STORE_IDENTITY, &sealed, &bot);
    if (r < 0)
        return r;
    secret = r == 0 ? box_open(call->arena,
                               bound_to(call->arena, bot->tenant_id, bot->id, STORE_IDENTITY),
                               sealed.box, sealed.len)
                    : NULL;
    if (!secret || !cs_hmac_matches(secret, req->id, req->hmac))
        return cs_fail(call, CS_FORBIDDEN,
                       "The identity of the visitor is not signed with the bot's secret.");
    return 0;
}

CS_HANDLER(BotStore, delete_provider_key, ProviderKeyRequest, Empty)
{
    size_t at;
    Bot *bot;
    int r;

    (void)rep;
    if ((r = bot_lock(call, req->bot_id, &bot)) < 0)
        return r;
    at = key_find(bot, req->provider);
    if (at == bot->n_provider_keys) {
        cs_pg_rollback(call->pg);
        return no_such_key(call);
    }
    store_key_remove(call, bot, req->provider);
    for (bot->n_provider_keys--; at < bot->n_provider_keys; at++)
        bot->provider_keys[at] = bot->provider_keys[at + 1];
    return bot_changed(call, bot, keys_changed, 1);
}

/* The platform's key is for the platform's model: a bot that names a model itself has its own. */
static int key_fallback(struct cs_call *call, const ProviderKeyRequest *req, OpenedProviderKey *rep)
{
    Bot *bot;
    int r = bot_get(call, req->bot_id, &bot);

    if (r < 0)
        return r;
    if (bot->configuration->llm_provider || !fallback_key(req->provider, rep))
        return no_such_key(call);
    return 0;
}

/* The topology lets chat and embed call it. Their signature covers the tenant. */
CS_HANDLER(BotStore, open_provider_key, ProviderKeyRequest, OpenedProviderKey)
{
    struct sealed_key sealed;
    Bot *bot;
    int r;

    if ((r = bot_reachable(call, req->bot_id)) < 0)
        return r;
    r = store_key(call, req->bot_id, req->provider, &sealed, &bot);
    if (r == STORE_NONE)
        return key_fallback(call, req, rep);
    if (r != 0)
        return r;
    rep->api_key =
        box_open(call->arena, bound_to(call->arena, bot->tenant_id, bot->id, req->provider),
                 sealed.box, sealed.len);
    if (!rep->api_key)
        return cs_fail_internal(
            call, "A stored provider key cannot be decrypted. The seal key may have changed.");
    rep->base_url = sealed.base_url;
    return 0;
}
