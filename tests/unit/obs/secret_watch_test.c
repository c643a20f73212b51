/* A secret in a file that changes, breaks, vanishes and comes back. */
#include "test.h"

#include "base/env.h"
#include "base/file.h"
#include "obs/metrics.h"
#include "obs/secret_watch.h"

#include <stdlib.h>
#include <unistd.h>

static char path[64];
static char *loaded;
static int n_loads;

static int on_load(const char *text)
{
    n_loads++;
    if (strcmp(text, "broken") == 0)
        return -1;
    loaded = cs_strdup(&arena, text);
    return 0;
}

static void file_write(const char *text)
{
    assert_int_equal(cs_file_write(path, text, strlen(text), 0600), 0);
}

static void a_changed_file_is_loaded_once(void **state)
{
    (void)state;
    cs_secrets_check();
    assert_int_equal(n_loads, 0);
    file_write("two\n");
    cs_secrets_check();
    cs_secrets_check();
    assert_int_equal(n_loads, 1);
    assert_string_equal(loaded, "two");
    assert_string_equal(cs_env("T_WATCHED"), "one");
}

static void a_broken_file_is_tried_once_and_a_missing_one_not(void **state)
{
    struct cs_buf out = {0};
    (void)state;

    n_loads = 0;
    file_write("broken");
    cs_secrets_check();
    cs_secrets_check();
    assert_int_equal(n_loads, 1);
    assert_string_equal(loaded, "two");
    file_write("");
    cs_secrets_check();
    unlink(path);
    cs_secrets_check();
    assert_int_equal(n_loads, 1);
    file_write("three");
    cs_secrets_check();
    assert_string_equal(loaded, "three");
    cs_metrics_write(&out);
    assert_non_null(
        strstr(out.data, "cs_secret_loads_total{setting=\"T_WATCHED\",result=\"loaded\"} 2\n"));
    assert_non_null(
        strstr(out.data, "cs_secret_loads_total{setting=\"T_WATCHED\",result=\"failed\"} 1\n"));
    cs_buf_free(&out);
}

/* given as text, it stays what it was */
static void a_secret_without_a_file_is_never_read_again(void **state)
{
    (void)state;
    n_loads = 0;
    setenv("CHATSPHERE_T_TEXT", "changed", 1);
    cs_secrets_check();
    assert_int_equal(n_loads, 0);
    assert_null(cs_env_secret_again("T_TEXT"));
    assert_null(cs_env_secret_again("T_UNKNOWN"));
}

static int set_up(void **state)
{
    static const struct cs_env table[] = {
        {.name = "T_WATCHED", .kind = CS_ENV_SECRET, .required = true, .help = "In a file."},
        {.name = "T_TEXT", .kind = CS_ENV_SECRET, .required = true, .help = "As text."},
        {0},
    };
    char *args[] = {(char *)"program", NULL};
    static bool begun;

    (void)state;
    if (begun)
        return 0;
    begun = true;
    snprintf(path, sizeof(path), "/tmp/cs-watched-%d", (int)getpid());
    file_write("one\n");
    setenv("CHATSPHERE_T_WATCHED_FILE", path, 1);
    setenv("CHATSPHERE_T_TEXT", "text", 1);
    if (!cs_env_load(table, "about", 1, args))
        return -1;
    cs_secret_watch("T_WATCHED", on_load);
    cs_secret_watch("T_TEXT", on_load);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_changed_file_is_loaded_once),
        cmocka_unit_test(a_broken_file_is_tried_once_and_a_missing_one_not),
        cmocka_unit_test(a_secret_without_a_file_is_never_read_again),
    };
    int failed = test_run_with(tests, set_up, NULL);

    cs_secrets_forget();
    unlink(path);
    return failed;
}
