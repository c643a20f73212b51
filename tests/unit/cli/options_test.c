/* Options given in each spelling, and refused by name. */
#include "test.h"

#include "cli/options.h"

enum { MAX_WORDS = 8 };

static const struct cli_command command = {"try", "try it", NULL};

struct got {
    const char *dir, *flag, *word;
};

/* Parses "try <line>", split at spaces, with --dir (required), --flag and one plain word. */
static bool parse(const char *line, struct got *ret)
{
    static char buffer[128];
    char *argv[MAX_WORDS + 1] = {(char[]){"try"}}, *at = buffer, *word;
    int argc = 1;

    *ret = (struct got){.word = "default"};
    snprintf(buffer, sizeof(buffer), "%s", line);
    while (argc < MAX_WORDS && (word = strsep(&at, " ")))
        argv[argc++] = word;
    const struct cli_option options[] = {
        {"--dir", "<folder>", "where", true, &ret->dir},
        {"--flag", NULL, "whether", false, &ret->flag},
        {0},
    };
    const struct cli_word plain = {"<word>", "which", false, &ret->word};
    return cli_options(&command, argc, argv, options, &plain, NULL);
}

static void values_stand_behind_a_space_or_equals(void **state)
{
    struct got g;
    (void)state;

    assert_true(parse("--dir /a", &g));
    assert_string_equal(g.dir, "/a");
    assert_null(g.flag);
    assert_string_equal(g.word, "default");
    assert_true(parse("w --flag --dir=/a=b", &g));
    assert_string_equal(g.dir, "/a=b");
    assert_non_null(g.flag);
    assert_string_equal(g.word, "w");
}

static void everything_else_is_refused(void **state)
{
    static const char *const lines[] = {
        "--flag",       "--dir",   "--dir=",    "--dir /a --no", "--dir /a --flag=1",
        "--dir /a v w", "--di /a", "--dirs /a", "-d /a",         "--dir /a --"};
    struct got g;
    (void)state;

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_false(parse(lines[i], &g));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stand_behind_a_space_or_equals),
        cmocka_unit_test(everything_else_is_refused),
    };
    return test_run(tests);
}
