/* bot: what is shown and told of a bot. */
#include "test.h"

#include "bot-store/bot.h"

/* what a request cleared was the request's; it is no part of the bot */
static void nothing_of_the_request_is_shown(void **state)
{
    static char *clear[] = {(char *)(uintptr_t) "tools"};
    BotConfiguration configuration = BOT_CONFIGURATION_INIT;
    Widget widget = WIDGET_INIT;
    Bot bot = BOT_INIT;

    (void)state;
    configuration.n_clear = widget.n_clear = 1;
    configuration.clear = widget.clear = clear;
    widget.color = (char *)(uintptr_t) "#102030";
    bot.configuration = &configuration;
    bot.widget = &widget;
    const Bot *shown = bot_show(&arena, &bot);
    assert_int_equal(shown->configuration->n_clear, 0);
    assert_int_equal(shown->widget->n_clear, 0);
    assert_string_equal(shown->widget->color, "#102030");
}

static void a_bot_without_a_widget_shows_an_empty_one(void **state)
{
    Bot bot = BOT_INIT;

    (void)state;
    bot.tenant_id = (char *)(uintptr_t) "t";
    const Bot *shown = bot_show(&arena, &bot);
    assert_non_null(shown->widget);
    assert_null(shown->widget->color);
    assert_null(shown->tenant_id);
    assert_true(shown->has_is_public);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_of_the_request_is_shown),
        cmocka_unit_test(a_bot_without_a_widget_shows_an_empty_one),
    };
    return test_run(tests);
}
