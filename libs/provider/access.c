/* The provider's address and headers, with keys remembered for 2 s by provider and bot. */
#include "provider/access.h"

#include "base/recent.h"
#include "bus/client.h"
#include "chatsphere/v1/names.h"
#include "provider/provider.h"

#include <string.h>

/* ---- what is remembered: provider, base_url and api_key, each terminated ---- */

static struct cs_recent recent = CS_RECENT_INIT(2000);

static bool access_recall(struct cs_call *call, const char *bot, const char *provider,
                          struct cs_access *ret)
{
    size_t len;
    const char *at = call->tenant
                         ? cs_recent_get(&recent, call->arena, bot, call->tenant, NULL, &len)
                         : NULL; /* without a tenant it would be whoever's */

    if (!at || strcmp(at, provider) != 0)
        return false;
    ret->base_url = at + strlen(at) + 1;
    ret->api_key = ret->base_url + strlen(ret->base_url) + 1;
    if (!*ret->api_key)
        ret->api_key = NULL;
    return true;
}

static void access_remember(const struct cs_call *call, const char *bot, const char *provider,
                            const struct cs_access *access)
{
    const char *texts[] = {provider, access->base_url, access->api_key ? access->api_key : ""};
    size_t len = 0;
    char *data;

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        len += strlen(texts[i]) + 1;
    data = cs_alloc(call->arena, len);
    len = 0;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        size_t n = strlen(texts[i]) + 1;
        memcpy(data + len, texts[i], n);
        len += n;
    }
    cs_recent_put(&recent, bot, call->tenant, data, len);
}

void cs_access_on_change(const char *subject, const char *bot, size_t len)
{
    (void)subject;
    cs_recent_drop(&recent, bot, len);
}

/* ---- asking bot_store ---- */

/* *ret is NULL when no key is stored */
static int open_key(struct cs_call *call, const char *bot, const char *provider,
                    OpenedProviderKey **ret)
{
    ProviderKeyRequest req = PROVIDER_KEY_REQUEST_INIT;
    int r;

    *ret = NULL;
    req.bot_id = (char *)bot;
    req.provider = (char *)provider;
    r = bot_store_open_provider_key(call, &req, ret);
    if (r == 0 || call->status != CS_NOT_FOUND)
        return r;
    cs_ask_clear(call);
    *ret = NULL;
    return 0;
}

static int access_find(struct cs_call *call, const char *provider, const OpenedProviderKey *key,
                       struct cs_access *ret)
{
    const struct cs_provider *known = cs_provider_find(provider);
    bool keyless = true; /* behind an address of the bot's own */

    *ret = (struct cs_access){0};
    if (key && key->api_key && *key->api_key)
        ret->api_key = key->api_key;
    if (key && key->base_url && *key->base_url) {
        size_t n = strlen(key->base_url);
        while (n > 0 && key->base_url[n - 1] == '/')
            n--;
        ret->base_url = cs_strndup(call->arena, key->base_url, n);
    } else if (known) {
        ret->base_url = known->base_url;
        keyless = known->keyless;
    }
    if (!ret->base_url)
        return cs_fail(call, CS_UNPROCESSABLE, "No base_url is stored for the provider %s.",
                       provider);
    if (!ret->api_key && !keyless)
        return cs_fail(call, CS_UNPROCESSABLE, "No key is stored for the provider %s.", provider);
    return 0;
}

int cs_access_of(struct cs_call *call, const char *bot, const char *provider, struct cs_access *ret)
{
    OpenedProviderKey *key;
    int r;

    if (access_recall(call, bot, provider, ret))
        return 0;
    if ((r = open_key(call, bot, provider, &key)) < 0 ||
        (r = access_find(call, provider, key, ret)) < 0)
        return r;
    access_remember(call, bot, provider, ret);
    return 0;
}

const char *const *cs_access_headers(struct cs_arena *a, const struct cs_access *access,
                                     const char *key_header, const char *header)
{
    const char **headers = CS_NEW(a, const char *, 4);
    size_t n = 0;

    headers[n++] = "Content-Type: application/json";
    if (header)
        headers[n++] = header;
    if (access->api_key)
        headers[n++] = cs_printf(a, "%s%s", key_header, access->api_key);
    return headers;
}

void cs_access_stop(void)
{
    cs_recent_clear(&recent);
}
