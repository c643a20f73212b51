/* The handler that tests a provider key: it asks for the list of models, which costs nothing. */
#include "base/clock.h"
#include "bot/bot.h"
#include "bus/service.h"
#include "chatsphere/v1/chat.rpc.h"
#include "http/engine.h"
#include "provider/access.h"
#include "provider/provider.h"

#include <string.h>

enum { KEY_TEST_MS = 15 * 1000, KEY_TEST_BYTES = 4 << 20 };

struct key_test {
    const char *provider, *key;
    const struct cs_chat_wire *wire;
};

static const char *key_refusal(struct cs_call *call, const struct key_test *t,
                               const struct cs_http_reply *rep)
{
    struct cs_fault fault;

    if (rep->unreachable || rep->refused)
        return cs_fault_unreachable(call->arena, t->provider, rep->error);
    if (rep->status == 0)
        return cs_printf(call->arena, "The provider %s did not answer: %s.", t->provider,
                         rep->error ? rep->error : "no answer");
    cs_fault_parse(rep->body, rep->body_len, &fault);
    cs_fault_log(call->arena, t->provider, "", rep->status, &fault);
    return cs_fault_words(call->arena, t->provider, rep->status, &fault, t->key);
}

static int key_tested(struct cs_call *call, void *state, const struct cs_http_reply *reply)
{
    const struct key_test *t = state;
    ProviderKeyTest *rep = (ProviderKeyTest *)call->rep;

    ProviderKeyTest_set_ok(rep, false);
    if (reply->limited) {
        call->retry_after_ms = 1000;
        return cs_fail(call, CS_LIMITED,
                       "The workspace has too many answers of providers under way.");
    }
    if (reply->status / 100 != 2) {
        rep->detail = (char *)key_refusal(call, t, reply);
        return 0;
    }
    rep->models =
        cs_chat_models(call->arena, t->wire, reply->body, reply->body_len, &rep->n_models);
    rep->ok = rep->models != NULL;
    if (!rep->ok)
        rep->detail = cs_printf(call->arena, "The answer of the provider %s is no list of models.",
                                t->provider);
    return 0;
}

CS_HANDLER(Chat, test_provider_key, TestProviderKeyRequest, ProviderKeyTest)
{
    struct key_test *t = CS_NEW(call->arena, struct key_test, 1);
    struct cs_access access;
    Bot *bot;
    int r = cs_bot_get(call, req->bot_id, &bot);

    (void)rep;
    if (r < 0)
        return r;
    *t = (struct key_test){.provider = req->provider, .wire = cs_provider_chat(req->provider, "")};
    if (!t->wire)
        return cs_fail(call, CS_UNPROCESSABLE, "The provider %s has no language models.",
                       req->provider);
    if ((r = cs_access_of(call, bot->id, req->provider, &access)) < 0)
        return r;
    t->key = access.api_key;
    t->wire = cs_provider_chat(req->provider, access.base_url);
    struct cs_http_request ask = {
        .method = "GET",
        .url = cs_chat_models_url(call->arena, t->wire, access.base_url),
        .headers = cs_access_headers(call->arena, &access,
                                     cs_provider_key(req->provider, t->wire->key), t->wire->header),
        .decode = true,
        .timeout_ms = KEY_TEST_MS,
        .max_body = KEY_TEST_BYTES,
    };
    return cs_http_then(call, &ask, key_tested, t);
}
