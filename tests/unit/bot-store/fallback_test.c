/* fallback: what the settings give to bots that name no model. */
#include "test.h"

#include "bot-store/fallback.h"
#include "bot-store/bot.h"

static const BotConfiguration *shown_of(const char *provider)
{
    Bot *bot = Bot_new(&arena);

    bot->configuration = BotConfiguration_new(&arena);
    bot->configuration->llm_provider = (char *)(uintptr_t)provider;
    return bot_show(&arena, bot)->configuration;
}

static void test_bots_that_name_no_model_get_it(void **state)
{
    OpenedProviderKey key = OPENED_PROVIDER_KEY_INIT;
    (void)state;

    assert_string_equal(shown_of(NULL)->llm_provider, "builtin");
    assert_int_equal(fallback_start("ollama/llama3.2:3b", NULL, NULL), 0);
    assert_string_equal(shown_of(NULL)->llm_provider, "ollama");
    assert_string_equal(shown_of(NULL)->llm_model, "llama3.2:3b");
    assert_string_equal(shown_of("builtin")->llm_provider, "builtin");
    assert_null(shown_of("openai")->llm_model);
    assert_true(fallback_key("ollama", &key));
    assert_null(key.api_key);
    assert_false(fallback_key("openai", &key));
    assert_int_equal(fallback_start("azure/gpt", "https://a.example/openai/v1", "sk-1"), 0);
    assert_true(fallback_key("azure", &key));
    assert_string_equal(key.api_key, "sk-1");
    assert_string_equal(key.base_url, "https://a.example/openai/v1");
    assert_int_equal(fallback_start(NULL, NULL, NULL), 0);
    assert_string_equal(shown_of(NULL)->llm_provider, "builtin");
    assert_false(fallback_key("azure", &key));
}

static void test_wrong_settings(void **state)
{
    static const char *const wrong[] = {"ollama",  "ollama/",  "/m",
                                        "house/m", "cohere/m", "azure/m"};
    (void)state;

    for (size_t i = 0; i < LEN(wrong); i++)
        assert_int_equal(fallback_start(wrong[i], NULL, NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bots_that_name_no_model_get_it),
        cmocka_unit_test(test_wrong_settings),
    };
    return test_run(tests);
}
