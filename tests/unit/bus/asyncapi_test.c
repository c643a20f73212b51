/* The AsyncAPI document names every event. */
#include "test.h"

#include "bus/asyncapi.h"

static void every_event_has_a_channel(void **state)
{
    size_t len;
    const char *text = cs_asyncapi_text(&arena, &len);

    (void)state;
    assert_non_null(strstr(text, "address: \"chatsphere.event.v1.{tenant}.{bot}.bot.created\""));
    assert_non_null(strstr(text, "\n  \"message.completed\":\n"));
    assert_non_null(strstr(text, "\n    MessageEvent:\n"));
    assert_int_equal(text[len - 1], '\n');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_has_a_channel),
    };
    return test_run(tests);
}
