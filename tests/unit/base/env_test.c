/* Settings read from an environment, and each fault named in the message. */
#include "test.h"

#include "base/env.h"

#include <sys/wait.h>
#include <unistd.h>

/* Runs fn in a child, for env keeps what it loaded; its exit status, and what it wrote to fd. */
static int in_child(void (*fn)(void), int fd, char *out, size_t size)
{
    int ends[2], status;
    size_t n = 0;
    ssize_t got;

    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        dup2(ends[1], fd);
        fn();
        fflush(NULL);
        _exit(0);
    }
    close(ends[1]);
    while (n + 1 < size && (got = read(ends[0], out + n, size - 1 - n)) > 0)
        n += (size_t)got;
    out[n] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char *no_args[] = {(char *)"program", NULL};

static bool load(const struct cs_env *table)
{
    return cs_env_load(table, "about", 1, no_args);
}

static const struct cs_env good[] = {
    {.name = "T_TEXT", .fallback = "fallback", .help = "A text."},
    {.name = "T_OTHER", .help = "Another."},
    {.name = "T_EMPTY", .fallback = "of empty", .help = "Empty is absent."},
    {.name = "T_INT", .kind = CS_ENV_INT, .fallback = "8", .min = 1, .max = 64, .help = "a number"},
    {.name = "T_SECRET", .kind = CS_ENV_SECRET, .required = true, .help = "A secret."},
    {0},
};

static void load_values(void)
{
    setenv("CHATSPHERE_T_OTHER", "given", 1);
    setenv("CHATSPHERE_T_EMPTY", "", 1);
    setenv("CHATSPHERE_T_INT", "64", 1);
    setenv("CHATSPHERE_T_SECRET", "hush", 1);
    if (!load(good))
        _exit(1);
    printf("%s|%s|%s|%ld|%s|%s|%ld", cs_env("T_TEXT"), cs_env("T_OTHER"), cs_env("T_EMPTY"),
           cs_env_int("T_INT"), cs_env("T_SECRET"), cs_env("T_UNKNOWN") ? "?" : "none",
           cs_env_int("T_UNKNOWN"));
}

static void values_and_fallbacks(void **state)
{
    char out[512];
    (void)state;

    assert_int_equal(in_child(load_values, STDOUT_FILENO, out, sizeof(out)), 0);
    assert_string_equal(out, "fallback|given|of empty|64|hush|none|0");
}

static void load_secret_file(void)
{
    char path[] = "/tmp/env_test.XXXXXX";
    int fd = mkstemp(path);

    if (fd < 0 || write(fd, "from file\r\n\n", 12) != 12)
        _exit(2);
    close(fd);
    setenv("CHATSPHERE_T_SECRET_FILE", path, 1);
    bool ok = load(good);
    unlink(path);
    printf("%d %s", ok, ok ? cs_env("T_SECRET") : "");
}

static void secret_from_file(void **state)
{
    char out[512];
    (void)state;

    assert_int_equal(in_child(load_secret_file, STDOUT_FILENO, out, sizeof(out)), 0);
    assert_string_equal(out, "1 from file");
}

static void load_bad(void)
{
    setenv("CHATSPHERE_T_INT", "65", 1);
    if (load(good))
        _exit(1);
}

static void every_fault_is_named(void **state)
{
    char out[1024];
    (void)state;

    assert_int_equal(in_child(load_bad, STDERR_FILENO, out, sizeof(out)), 0);
    assert_non_null(
        strstr(out, "CHATSPHERE_T_INT is \"65\"; it must be a whole number from 1 to 64\n"));
    assert_non_null(strstr(out, "CHATSPHERE_T_SECRET (or _FILE) is missing: A secret.\n"));
}

static void load_words(void)
{
    static const char *const words[] = {"0", "x", "-1", "8x", "99999999999999999999"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        setenv("CHATSPHERE_T_SECRET", "s", 1);
        setenv("CHATSPHERE_T_INT", words[i], 1);
        if (load(good))
            _exit((int)i + 1);
    }
}

static void whole_numbers_only(void **state)
{
    char out[2048];
    (void)state;
    assert_int_equal(in_child(load_words, STDERR_FILENO, out, sizeof(out)), 0);
}

static void load_without_file(void)
{
    setenv("CHATSPHERE_T_SECRET_FILE", "/nonexistent/secret", 1);
    if (load(good))
        _exit(1);
}

static void unreadable_file_is_named(void **state)
{
    char out[512];
    (void)state;

    assert_int_equal(in_child(load_without_file, STDERR_FILENO, out, sizeof(out)), 0);
    assert_non_null(strstr(out, "CHATSPHERE_T_SECRET_FILE: cannot read /nonexistent/secret"));
}

static void load_unreadable_path(void)
{
    static const struct cs_env with_file[] = {
        {.name = "T_FILE", .kind = CS_ENV_FILE, .help = "A file."}, {0}};

    setenv("CHATSPHERE_T_FILE", "/nonexistent/file", 1);
    _exit(load(with_file) ? 1 : 0);
}

static void unreadable_path_is_named(void **state)
{
    char out[512];
    (void)state;

    assert_int_equal(in_child(load_unreadable_path, STDERR_FILENO, out, sizeof(out)), 0);
    assert_non_null(strstr(out, "CHATSPHERE_T_FILE: cannot read /nonexistent/file"));
}

static void ask_help(void)
{
    char *args[] = {(char *)"program", (char *)"--help", NULL};

    setenv("CHATSPHERE_T_SECRET", "hush", 1);
    cs_env_load(good, "what it does", 2, args);
    _exit(1); /* not reached */
}

static void help_prints_the_table_and_no_secret(void **state)
{
    char out[2048];
    (void)state;

    assert_int_equal(in_child(ask_help, STDOUT_FILENO, out, sizeof(out)), 0);
    assert_non_null(strstr(out, "what it does\n"));
    assert_non_null(strstr(out, "CHATSPHERE_T_SECRET[_FILE]"));
    assert_non_null(strstr(out, "a number; a whole number from 1 to 64 [8]"));
    assert_non_null(strstr(out, "(required)"));
    assert_null(strstr(out, "hush"));
}

static void load_with_argument(void)
{
    char *args[] = {(char *)"program", (char *)"--bogus", NULL};

    setenv("CHATSPHERE_T_SECRET", "s", 1);
    _exit(cs_env_load(good, "", 2, args) ? 1 : 0);
}

static void unknown_arguments_are_named(void **state)
{
    char out[512];
    (void)state;

    assert_int_equal(in_child(load_with_argument, STDERR_FILENO, out, sizeof(out)), 0);
    assert_non_null(strstr(out, "unknown argument \"--bogus\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_fallbacks),
        cmocka_unit_test(secret_from_file),
        cmocka_unit_test(every_fault_is_named),
        cmocka_unit_test(whole_numbers_only),
        cmocka_unit_test(unreadable_file_is_named),
        cmocka_unit_test(help_prints_the_table_and_no_secret),
        cmocka_unit_test(unreadable_path_is_named),
        cmocka_unit_test(unknown_arguments_are_named),
    };
    return test_run(tests);
}
