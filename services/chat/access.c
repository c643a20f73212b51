#include "chat/access.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/id.h"
#include "base/log.h"
#include "bus/client.h"
#include "chatsphere/v1/names.h"
#include "crypto/context.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 256, TTL_MS = 2000, MAX_PROVIDER = 64 };

/* those that have an address of their own */
static const struct {
    const char *provider, *base_url;
    bool keyless; /* works without a key */
} known[] = {
    {"openai", "https://api.openai.com/v1", false},
    {"ollama", "http://localhost:11434/v1", true},
};

/* A bot's access is in the slot of its id or nowhere. */
struct slot {
    char bot[CS_ID_SIZE], tenant[CS_ID_SIZE], provider[MAX_PROVIDER];
    int64_t until_ms;
    char *base_url, *api_key;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct slot slots[SLOTS];
static struct cs_signer *signer;

/* ---- what is remembered ---- */

static struct slot *slot_of(const char *bot, size_t len)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)bot[i]) * 16777619u;
    return &slots[h % SLOTS];
}

static void wipe(struct slot *s)
{
    if (s->api_key)
        explicit_bzero(s->api_key, strlen(s->api_key));
    free(s->api_key);
    free(s->base_url);
    *s = (struct slot){0};
}

static bool recall(struct cs_call *call, const char *bot, const char *provider, struct access *ret)
{
    struct slot *s = slot_of(bot, strlen(bot));
    bool found;

    pthread_mutex_lock(&lock);
    found = cs_mono_ms() < s->until_ms && strcmp(s->bot, bot) == 0 &&
            strcmp(s->tenant, call->tenant) == 0 && strcmp(s->provider, provider) == 0;
    if (found)
        *ret = (struct access){cs_strdup(call->arena, s->base_url),
                               cs_strdup(call->arena, s->api_key)};
    pthread_mutex_unlock(&lock);
    return found;
}

static void remember(const struct cs_call *call, const char *bot, const char *provider,
                     const struct access *a)
{
    struct slot *s = slot_of(bot, strlen(bot));

    if (strlen(provider) >= MAX_PROVIDER)
        return;
    pthread_mutex_lock(&lock);
    wipe(s);
    snprintf(s->bot, sizeof(s->bot), "%s", bot);
    snprintf(s->tenant, sizeof(s->tenant), "%s", call->tenant);
    snprintf(s->provider, sizeof(s->provider), "%s", provider);
    s->base_url = strdup(a->base_url);
    s->api_key = a->api_key ? strdup(a->api_key) : NULL;
    s->until_ms = cs_mono_ms() + TTL_MS;
    pthread_mutex_unlock(&lock);
}

void access_on_change(const char *subject, const char *bot, size_t len)
{
    struct slot *s = slot_of(bot, len);

    (void)subject;
    pthread_mutex_lock(&lock);
    if (strlen(s->bot) == len && strncmp(s->bot, bot, len) == 0)
        wipe(s);
    pthread_mutex_unlock(&lock);
}

/* ---- asking bot_store ---- */

/* *ret is NULL when no key is stored */
static int open_key(struct cs_call *call, const char *bot, const char *provider,
                    OpenedProviderKey **ret)
{
    struct cs_context c = {call->request_id, call->tenant, call->principal, call->roles};
    ProviderKeyRequest req = PROVIDER_KEY_REQUEST_INIT;
    const char *edge = call->auth;
    int r;

    *ret = NULL;
    req.bot_id = (char *)bot;
    req.provider = (char *)provider;
    if (!(call->auth = cs_context_sign(call->arena, signer, &c)))
        return cs_fail_internal(call, "the context cannot be signed");
    r = bot_store_open_provider_key(call, &req, ret);
    call->auth = edge;
    if (r == 0 || call->status != CS_NOT_FOUND)
        return r;
    cs_ask_clear(call);
    *ret = NULL;
    return 0;
}

static const char *without_slash(struct cs_arena *a, const char *url)
{
    size_t n = strlen(url);

    while (n > 0 && url[n - 1] == '/')
        n--;
    return cs_strndup(a, url, n);
}

static int find(struct cs_call *call, const char *provider, const OpenedProviderKey *key,
                struct access *ret)
{
    bool keyless = true;

    *ret = (struct access){0};
    if (key && key->api_key && *key->api_key)
        ret->api_key = key->api_key;
    if (key && key->base_url && *key->base_url)
        ret->base_url = without_slash(call->arena, key->base_url);
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (ret->base_url || strcmp(known[i].provider, provider) != 0)
            continue;
        ret->base_url = known[i].base_url;
        keyless = known[i].keyless;
    }
    if (!ret->base_url)
        return cs_fail(call, CS_UNPROCESSABLE, "no base_url is stored for the provider %s",
                       provider);
    if (!ret->api_key && !keyless)
        return cs_fail(call, CS_UNPROCESSABLE, "no key is stored for the provider %s", provider);
    return 0;
}

int access_of(struct cs_call *call, const char *bot, const char *provider, struct access *ret)
{
    OpenedProviderKey *key;
    int r;

    if (recall(call, bot, provider, ret))
        return 0;
    if ((r = open_key(call, bot, provider, &key)) < 0 || (r = find(call, provider, key, ret)) < 0)
        return r;
    remember(call, bot, provider, ret);
    return 0;
}

/* ---- start and stop ---- */

int access_start(void)
{
    signer = cs_signer_new(cs_env("SIGN_KEY"));
    if (signer)
        return 0;
    cs_log(CS_ERROR, "CHATSPHERE_SIGN_KEY must be a name and a base64url seed", NULL);
    return -1;
}

void access_stop(void)
{
    for (int i = 0; i < SLOTS; i++)
        wipe(&slots[i]);
    cs_signer_free(signer);
    signer = NULL;
}
