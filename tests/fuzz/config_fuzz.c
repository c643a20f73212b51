/*
 * Any JSON as a bot's configuration, laid over a stored one and checked: never a crash; what is
 * stored of it reads back to the same, and laid over once more changes nothing.
 */
#include "bound.h"

#include "bot-store/config.h"
#include "bot/configuration.h"
#include "pbjson/merge.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static BotConfiguration *stored(struct cs_arena *a)
{
    BotConfiguration *c = BotConfiguration_new(a);

    if (!config_parse(a,
                      "{\"llm_provider\":\"openai\",\"llm_model\":\"m\",\"tools\":[\"a\"],"
                      "\"chunking\":{\"size\":800,\"overlap\":80}}",
                      &c->base))
        abort();
    return c;
}

static void check_same(struct cs_arena *a, const BotConfiguration *c)
{
    const char *text = config_text(a, &c->base);
    BotConfiguration *again = BotConfiguration_new(a);

    if (!config_parse(a, text, &again->base) || strcmp(config_text(a, &again->base), text) != 0)
        abort();
    pbjson_merge(a, &again->base, &c->base);
    if (strcmp(config_text(a, &again->base), text) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct provider_keys none;
    struct pbjson_errors errors = {.n = 0};
    struct cs_arena a;

    cs_arena_init(&a);
    BotConfiguration *c = stored(&a), *patch = BotConfiguration_new(&a);
    json_t *v = pbjson_parse(&a, (const char *)data, size, &errors);
    if (v && pbjson_read(&a, v, &patch->base, &errors) &&
        pbjson_validate(&a, &patch->base, &errors)) {
        pbjson_merge(&a, &c->base, &patch->base);
        config_tidy(c);
        config_check(&a, c, &none, &errors);
        cs_bot_configuration(&a, c);
        if (errors.n == 0)
            check_same(&a, c);
    }
    json_decref(v);
    bound_check(&a, size);
    cs_arena_dispose(&a);
    return 0;
}
