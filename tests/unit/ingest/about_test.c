/* about: what is kept of what a file says of itself. */
#include "test.h"

#include "ingest/about.h"

static void note(struct about *about, const char *name, const char *value)
{
    struct block b = {.info = name, .text = value, .len = strlen(value)};

    about_note(about, &b);
}

static void say(struct about *about, int page, const char *text)
{
    struct block b = {.kind = BLOCK_PARAGRAPH, .page = page, .text = text, .len = strlen(text)};

    about_note(about, &b);
}

static void properties_have_one_name_each(void **state)
{
    struct about about = {0};

    (void)state;
    note(&about, "title", "Tides");
    note(&about, "title", "Other");
    note(&about, "creator", "Ada");
    say(&about, 2, "The tide rises at noon, and the boats that wait in the harbour leave with it.");
    assert_string_equal(
        about_properties(&about, &arena),
        "{\"title\":\"Tides\",\"author\":\"Ada\",\"pages\":\"2\",\"language\":\"en\"}");
    about_free(&about);
    note(&about, "language", "fr-FR");
    say(&about, 0, "Der Hafen ist heute geschlossen, und die Boote bleiben am Kai.");
    assert_string_equal(about_properties(&about, &arena), "{\"language\":\"fr-FR\"}");
    about_free(&about);
    say(&about, 0, "Der Hafen ist heute geschlossen, und die Boote bleiben am Kai.");
    assert_string_equal(about_properties(&about, &arena), "{\"language\":\"de\"}");
    about_free(&about);
}

static void all_is_bounded(void **state)
{
    struct about about = {0};
    size_t n;

    (void)state;
    for (int i = 0; i < 3 * ABOUT_PROPERTIES; i++)
        note(&about, cs_printf(&arena, "key %d", i), "value");
    for (int i = 0; i < ABOUT_WARNINGS + 5; i++)
        note(&about, "warning", cs_printf(&arena, "%d: %02000d", i, 0));
    note(&about, cs_printf(&arena, "%0*d", ABOUT_NAME_CHARACTERS + 1, 0), "value");
    about_properties(&about, &arena);
    assert_int_equal(json_object_size(about.properties), ABOUT_PROPERTIES);
    char **warnings = about_warnings(&about, &arena, &n);
    assert_int_equal(n, ABOUT_WARNINGS + 1);
    assert_int_equal(strlen(warnings[0]), ABOUT_VALUE_CHARACTERS);
    assert_string_equal(warnings[ABOUT_WARNINGS], "5 more warnings are not shown.");
    about_free(&about);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(properties_have_one_name_each),
        cmocka_unit_test(all_is_bounded),
    };

    return test_run(tests);
}
