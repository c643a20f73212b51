#include "embed/embedder.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "bus/client.h"
#include "chatsphere/v1/names.h"
#include "crypto/context.h"
#include "embed/hash.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 256, FRESH_MS = 2000, TEXTS = 6 };

/* addresses of those who have one and need no base_url */
static const struct {
    const char *provider, *base_url;
    bool keyless; /* works without a key */
} known[] = {
    {"openai", "https://api.openai.com/v1", false},
    {"gemini", "https://generativelanguage.googleapis.com/v1beta/openai", false},
    {"ollama", "http://localhost:11434/v1", true},
};

static struct cs_signer *signer;

/* ---- what is remembered ---- */

/* tenant, bot, provider, model, base_url, api_key as one block; zero-terminated texts */
struct slot {
    int64_t until_ms;
    char *texts[TEXTS];
    int dimensions;
    bool hash;
};

static struct slot slots[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct slot *slot_of(const char *bot)
{
    uint32_t h = 2166136261U;

    for (; *bot; bot++)
        h = (h ^ (unsigned char)*bot) * 16777619U;
    return &slots[h % SLOTS];
}

static void slot_clear(struct slot *s)
{
    for (int i = 0; i < TEXTS; i++) {
        if (s->texts[i])
            explicit_bzero(s->texts[i], strlen(s->texts[i]));
        free(s->texts[i]);
    }
    *s = (struct slot){0};
}

static bool recall(struct cs_call *call, const char *bot, struct embedder *ret)
{
    struct cs_arena *a = call->arena;

    pthread_mutex_lock(&lock);
    const struct slot *s = slot_of(bot);
    bool found = s->until_ms > cs_mono_ms() && strcmp(s->texts[0], call->tenant) == 0 &&
                 strcmp(s->texts[1], bot) == 0;
    if (found)
        *ret = (struct embedder){
            .provider = cs_strdup(a, s->texts[2]),
            .model = cs_strdup(a, s->texts[3]),
            .base_url = cs_strdup(a, s->texts[4]),
            .api_key = cs_strdup(a, s->texts[5]),
            .dimensions = s->dimensions,
            .hash = s->hash,
        };
    pthread_mutex_unlock(&lock);
    return found;
}

static void remember(const struct cs_call *call, const char *bot, const struct embedder *e)
{
    const char *texts[TEXTS] = {call->tenant, bot, e->provider, e->model, e->base_url, e->api_key};

    pthread_mutex_lock(&lock);
    struct slot *s = slot_of(bot);
    slot_clear(s);
    for (int i = 0; i < TEXTS; i++)
        s->texts[i] = texts[i] ? strdup(texts[i]) : NULL;
    s->dimensions = e->dimensions;
    s->hash = e->hash;
    s->until_ms = cs_mono_ms() + FRESH_MS;
    pthread_mutex_unlock(&lock);
}

void embedder_forget(const char *subject, const char *data, size_t len)
{
    char bot[64] = "";

    (void)subject;
    if (len >= sizeof(bot))
        return;
    memcpy(bot, data, len);
    pthread_mutex_lock(&lock);
    struct slot *s = slot_of(bot);
    if (s->texts[1] && strcmp(s->texts[1], bot) == 0)
        slot_clear(s);
    pthread_mutex_unlock(&lock);
}

/* ---- asking bot_store ---- */

static int open_key(struct cs_call *call, const char *bot, const char *provider,
                    OpenedProviderKey **ret)
{
    struct cs_context c = {call->request_id, call->tenant, call->principal, call->roles};
    ProviderKeyRequest req = PROVIDER_KEY_REQUEST_INIT;
    const char *auth = call->auth;

    req.bot_id = (char *)(uintptr_t)bot;
    req.provider = (char *)(uintptr_t)provider;
    call->auth = cs_context_sign(call->arena, signer, &c);
    if (!call->auth) {
        call->auth = auth;
        return cs_fail_internal(call, "the context cannot be signed");
    }
    int e = bot_store_open_provider_key(call, &req, ret);
    call->auth = auth;
    if (e < 0 && call->status == CS_NOT_FOUND) {
        cs_ask_clear(call);
        *ret = NULL;
        return 0;
    }
    return e;
}

static const char *without_slash(struct cs_arena *a, const char *url)
{
    size_t n = strlen(url);

    while (n && url[n - 1] == '/')
        n--;
    return cs_strndup(a, url, n);
}

/* address and key */
static int find_access(struct cs_call *call, const char *bot, struct embedder *e)
{
    OpenedProviderKey *key = NULL;
    bool keyless = true;

    if (open_key(call, bot, e->provider, &key) < 0)
        return -1;
    if (key && key->base_url && *key->base_url)
        e->base_url = without_slash(call->arena, key->base_url);
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (!e->base_url && strcmp(known[i].provider, e->provider) == 0) {
            e->base_url = known[i].base_url;
            keyless = known[i].keyless;
        }
    if (!e->base_url)
        return cs_fail(call, CS_UNPROCESSABLE, "no base_url is stored for the provider %s",
                       e->provider);
    if (!key && !keyless)
        return cs_fail(call, CS_UNPROCESSABLE, "no key is stored for the provider %s", e->provider);
    e->api_key = key ? key->api_key : NULL;
    return 0;
}

static int ask(struct cs_call *call, const char *bot, struct embedder *ret)
{
    BotRequest req = BOT_REQUEST_INIT;
    Bot *b;

    req.bot_id = (char *)(uintptr_t)bot;
    if (bot_store_get_bot(call, &req, &b) < 0)
        return -1;
    const BotConfiguration *c = b->configuration;
    if (!c || !c->embedding_provider || !*c->embedding_provider ||
        strcmp(c->embedding_provider, "none") == 0)
        return cs_fail(call, CS_UNPROCESSABLE, "the bot has no embedding provider");
    *ret = (struct embedder){
        .provider = c->embedding_provider,
        .model = c->embedding_model,
        .dimensions = c->has_embedding_dimensions ? c->embedding_dimensions : 0,
    };
    if (cs_env_int("TEST") && strcmp(ret->provider, "hash") == 0) {
        ret->hash = true;
        ret->model = "ngrams";
        if (!ret->dimensions)
            ret->dimensions = HASH_DIMENSIONS;
        return 0;
    }
    if (!ret->model || !*ret->model)
        return cs_fail(call, CS_UNPROCESSABLE, "the bot has no embedding model");
    return find_access(call, bot, ret);
}

int embedder_of(struct cs_call *call, const char *bot, struct embedder *ret)
{
    if (!call->tenant)
        return cs_fail(call, CS_NOT_FOUND, "no such bot");
    if (recall(call, bot, ret))
        return 0;
    if (ask(call, bot, ret) < 0)
        return -1;
    remember(call, bot, ret);
    return 0;
}

int embedder_start(void)
{
    signer = cs_signer_new(cs_env("SIGN_KEY"));
    if (signer)
        return 0;
    cs_log(CS_ERROR, "CHATSPHERE_SIGN_KEY must be a name and a base64url seed", NULL);
    return -1;
}

void embedder_stop(void)
{
    for (int i = 0; i < SLOTS; i++)
        slot_clear(&slots[i]);
    cs_signer_free(signer);
    signer = NULL;
}
