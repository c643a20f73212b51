/* Lines read back from standard error as JSON. */
#include "test.h"

#include "base/log.h"

#include "../log_catch.h"

#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

static struct log_catch caught;

static json_t *caught_line(void)
{
    char out[4096];
    json_t *line;

    log_catch_end(&caught, out, sizeof(out));
    assert_int_equal(out[strlen(out) - 1], '\n');
    assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
    line = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
    if (!line)
        fail_msg("no JSON: %s", out);
    return line;
}

static const char *get(const json_t *line, const char *name)
{
    return json_string_value(json_object_get(line, name));
}

static void a_line_is_an_object(void **state)
{
    (void)state;
    log_catch_begin(&caught);
    cs_log(CS_WARN, "it broke", "what", "a disk", "absent", NULL, "n", cs_log_int(-7), NULL);
    json_auto_t *line = caught_line();

    assert_string_equal(get(line, "level"), "warn");
    assert_string_equal(get(line, "program"), "log_test");
    assert_string_equal(get(line, "message"), "it broke");
    assert_string_equal(get(line, "what"), "a disk");
    assert_string_equal(get(line, "n"), "-7");
    assert_null(json_object_get(line, "absent"));
    assert_int_equal(strlen(get(line, "time")), 24);
}

static void values_cannot_forge_lines(void **state)
{
    static const char evil[] = "a\"}\n{\"level\":\"info\",\\\t\x01";
    (void)state;

    log_catch_begin(&caught);
    cs_log(CS_ERROR, "m", "value", evil, NULL);
    json_auto_t *line = caught_line();
    assert_string_equal(get(line, "value"), evil);
}

static void what_is_no_utf8_is_replaced(void **state)
{
    static const struct {
        const char *given, *shown;
    } cases[] = {
        {"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"},
        {"a\xff\"b", "a\xef\xbf\xbd\"b"},
        {"\xc3", "\xef\xbf\xbd"},                                   /* cut off */
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                   /* too long a form */
        {"\xed\xa0\x80.", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd."}, /* half a pair */
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        log_catch_begin(&caught);
        cs_log(CS_ERROR, "m", "value", cases[i].given, NULL);
        json_auto_t *line = caught_line();
        assert_string_equal(get(line, "value"), cases[i].shown);
    }
}

static void on_alarm(int sig)
{
    (void)sig;
}

/* a signal each millisecond, and a reader too slow to take the line at once */
static void *slow_reader(void *got)
{
    char *at = got;
    ssize_t n;

    do {
        usleep(2000);
        n = read(caught.ends[0], at, 4096);
        at += n > 0 ? n : 0;
    } while (n > 0 && at[-1] != '\n');
    return NULL;
}

static void a_long_line_is_written_whole(void **state)
{
    enum { LONG = 100 * 1000 };
    struct sigaction act = {.sa_handler = on_alarm}; /* no SA_RESTART */
    struct itimerval often = {.it_value.tv_usec = 1000, .it_interval.tv_usec = 1000}, never = {0};
    char *value = calloc(1, LONG + 1), *got = calloc(1, 2 * LONG);
    sigset_t alarm;
    pthread_t t;
    (void)state;

    memset(value, 'x', LONG);
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    sigaction(SIGALRM, &act, NULL);
    log_catch_begin(&caught);
    assert_true(fcntl(STDERR_FILENO, F_SETPIPE_SZ, 4096) > 0);
    pthread_sigmask(SIG_BLOCK, &alarm, NULL);
    assert_int_equal(pthread_create(&t, NULL, slow_reader, got), 0);
    pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    cs_log(CS_INFO, "m", "value", value, NULL);
    setitimer(ITIMER_REAL, &never, NULL);
    dup2(caught.saved, STDERR_FILENO); /* ends what the reader may read */
    close(caught.saved);
    pthread_join(t, NULL);
    close(caught.ends[0]);
    json_auto_t *line = json_loads(got, 0, NULL);
    assert_non_null(line);
    assert_string_equal(get(line, "value"), value);
    free(value);
    free(got);
}

static void below_the_threshold_is_silent(void **state)
{
    char out[64];
    (void)state;

    log_catch_begin(&caught);
    cs_log(CS_DEBUG, "noise", NULL);
    log_catch_end(&caught, out, sizeof(out));
    assert_string_equal(out, "");
}

static void lines_bear_the_scope(void **state)
{
    (void)state;
    cs_log_scope("req-1", "trace-1");
    log_catch_begin(&caught);
    cs_log(CS_INFO, "m", NULL);
    json_auto_t *line = caught_line();
    assert_string_equal(get(line, "request_id"), "req-1");
    assert_string_equal(get(line, "trace_id"), "trace-1");

    cs_log_scope(NULL, NULL);
    log_catch_begin(&caught);
    cs_log(CS_INFO, "m", NULL);
    json_auto_t *bare = caught_line();
    assert_null(json_object_get(bare, "request_id"));
}

static void *other_thread(void *unused)
{
    cs_log(CS_INFO, "m", NULL);
    return unused;
}

static void the_scope_is_of_one_thread(void **state)
{
    pthread_t t;
    (void)state;

    cs_log_scope("req-1", NULL);
    log_catch_begin(&caught);
    assert_int_equal(pthread_create(&t, NULL, other_thread, NULL), 0);
    pthread_join(t, NULL);
    json_auto_t *line = caught_line();
    cs_log_scope(NULL, NULL);
    assert_null(json_object_get(line, "request_id"));
}

static void eight_numbers_live_at_once(void **state)
{
    const char *n[8];
    (void)state;

    for (int i = 0; i < 8; i++)
        n[i] = cs_log_int(i * 1000000000000LL);
    assert_string_equal(n[0], "0");
    assert_string_equal(n[7], "7000000000000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_an_object),
        cmocka_unit_test(values_cannot_forge_lines),
        cmocka_unit_test(what_is_no_utf8_is_replaced),
        cmocka_unit_test(a_long_line_is_written_whole),
        cmocka_unit_test(below_the_threshold_is_silent),
        cmocka_unit_test(lines_bear_the_scope),
        cmocka_unit_test(the_scope_is_of_one_thread),
        cmocka_unit_test(eight_numbers_live_at_once),
    };
    unsetenv("CHATSPHERE_LOG_LEVEL");
    cs_log_init("log_test");
    return test_run(tests);
}
