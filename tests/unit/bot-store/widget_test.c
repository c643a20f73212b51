/* Settings of a widget that are refused, each by the name of its field. */
#include "test.h"

#include "bot-store/widget.h"

static const char *refused(const Widget *w)
{
    static struct pbjson_errors errors;

    errors = (struct pbjson_errors){0};
    widget_check(&arena, w, &errors);
    return errors.n ? errors.at[0].field : "";
}

static void test_addresses(void **state)
{
    static const char *const good[] = {"https://shop.example/privacy?a=1#b",
                                       "http://10.0.0.5:8080/p"},
                             *const bad[] = {
                                 "javascript:alert(1)", "https://",       "/privacy",
                                 "https://a b/",        "https://user@/", "data:text/html,x",
                                 "https://a/\"><b>"};
    (void)state;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        Widget w = WIDGET_INIT;
        w.privacy_url = (char *)(uintptr_t)good[i];
        assert_string_equal(refused(&w), "");
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        Widget w = WIDGET_INIT;
        w.privacy_url = (char *)(uintptr_t)bad[i];
        assert_string_equal(refused(&w), "widget.privacy_url");
    }
}

static void test_avatars(void **state)
{
    static const char *const good[] = {"🦉", "AB", "https://shop.example/a.png",
                                       "data:image/png;base64,iVBORw0KGgo="},
                             *const bad[] = {"a long name",
                                             " ",
                                             "http://shop.example/a.png",
                                             "data:image/svg+xml;base64,AAAA",
                                             "data:image/png;base64,",
                                             "data:image/png;base64,<b>",
                                             "javascript:alert(1)"};
    (void)state;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        Widget w = WIDGET_INIT;
        w.avatar = (char *)(uintptr_t)good[i];
        assert_string_equal(refused(&w), "");
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        Widget w = WIDGET_INIT;
        w.avatar = (char *)(uintptr_t)bad[i];
        assert_string_equal(refused(&w), "widget.avatar");
    }
}

static void test_texts_by_language(void **state)
{
    static const char *const cases[][2] = {
        {"de", ""},
        {"pt-BR", ""},
        {"zh-Hans", ""},
        {"d", "widget.texts.d"},
        {"de-", "widget.texts.de-"},
        {"d e", "widget.texts.d e"},
        {"", "widget.texts."},
    };
    WidgetTexts texts = WIDGET_TEXTS_INIT;
    char *blank[] = {(char[]){"Open?"}, (char[]){" "}};
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        Widget_TextsEntry entry = WIDGET_TEXTS_ENTRY_INIT, *entries[] = {&entry};
        Widget w = WIDGET_INIT;
        entry.key = (char *)(uintptr_t)cases[i][0];
        entry.value = &texts;
        w.texts = entries;
        w.n_texts = 1;
        assert_string_equal(refused(&w), cases[i][1]);
    }
    Widget_TextsEntry entry = WIDGET_TEXTS_ENTRY_INIT, *entries[] = {&entry};
    Widget w = WIDGET_INIT;
    entry.key = (char[]){"de"};
    entry.value = &texts;
    texts.suggested_questions = blank;
    texts.n_suggested_questions = 2;
    w.texts = entries;
    w.n_texts = 1;
    assert_string_equal(refused(&w), "widget.texts.de.suggested_questions[1]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_avatars),
        cmocka_unit_test(test_texts_by_language),
    };
    return test_run(tests);
}
