/* docs/asyncapi.yaml is what the contract of this version says. */
#include "test.h"

#include "base/file.h"
#include "bus/asyncapi.h"

static void the_document_is_up_to_date(void **state)
{
    size_t len, made_len;
    const char *made = cs_asyncapi_text(&arena, &made_len);
    const char *kept =
        cs_file_read(&arena, CS_TEST_DATA "/../../docs/asyncapi.yaml", 1 << 20, &len);

    (void)state;
    assert_non_null(kept);
    if (len != made_len || memcmp(kept, made, len) != 0)
        fail_msg(
            "docs/asyncapi.yaml is another one; write it: chatsphere asyncapi >docs/asyncapi.yaml");
}

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
        cmocka_unit_test(the_document_is_up_to_date),
        cmocka_unit_test(every_event_has_a_channel),
    };
    return test_run(tests);
}
