/* The text of /metrics after known counts. */
#include "test.h"

#include "obs/metrics.h"

#include <pthread.h>

static struct cs_buf text;

static const char *written(void)
{
    cs_buf_clear(&text);
    cs_metrics_write(&text);
    return text.data;
}

/* `line`, whole, stands in what is written. */
static void assert_line(const char *line)
{
    size_t n = strlen(line);

    for (const char *s = written(); s; s = strchr(s, '\n'), s += s != NULL)
        if (strncmp(s, line, n) == 0 && s[n] == '\n')
            return;
    fail_msg("no line \"%s\" in:\n%s", line, text.data);
}

static void counters_count(void **state)
{
    struct cs_metric *m = cs_counter("t_total", "method=\"get\"", "Calls.");
    (void)state;

    assert_line("t_total{method=\"get\"} 0");
    cs_metric_add(m, 1);
    cs_metric_add(m, 41);
    assert_line("t_total{method=\"get\"} 42");
    assert_line("# HELP t_total Calls.");
    assert_line("# TYPE t_total counter");
}

static void the_same_is_one_object(void **state)
{
    struct cs_metric *m = cs_counter("t_total", "method=\"get\"", "Calls.");
    (void)state;

    assert_ptr_equal(cs_counter("t_total", "method=\"get\"", "Calls."), m);
    assert_ptr_not_equal(cs_counter("t_total", "method=\"put\"", "Calls."), m);
    assert_ptr_not_equal(cs_counter("t_total", NULL, "Calls."), m);
}

static void gauges_go_both_ways(void **state)
{
    struct cs_metric *m = cs_gauge("t_depth", NULL, "Depth.");
    (void)state;

    cs_metric_set(m, 5);
    cs_metric_add(m, -7);
    assert_line("t_depth -2");
    assert_line("# TYPE t_depth gauge");
}

static void buckets_are_cumulative(void **state)
{
    struct cs_metric *m = cs_histogram("t_seconds", "op=\"a\"", "Time.");
    (void)state;

    cs_metric_observe_us(m, 0);
    cs_metric_observe_us(m, 500);
    cs_metric_observe_us(m, 501);
    cs_metric_observe_us(m, 60 * 1000 * 1000);
    cs_metric_observe_us(m, 60 * 1000 * 1000 + 1);
    assert_line("# TYPE t_seconds histogram");
    assert_line("t_seconds_bucket{op=\"a\",le=\"0.0005\"} 2");
    assert_line("t_seconds_bucket{op=\"a\",le=\"0.001\"} 3");
    assert_line("t_seconds_bucket{op=\"a\",le=\"30\"} 3");
    assert_line("t_seconds_bucket{op=\"a\",le=\"60\"} 4");
    assert_line("t_seconds_bucket{op=\"a\",le=\"+Inf\"} 5");
    assert_line("t_seconds_count{op=\"a\"} 5");
    assert_line("t_seconds_sum{op=\"a\"} 120.001002");
}

static void histogram_without_labels(void **state)
{
    (void)state;
    cs_metric_observe_us(cs_histogram("t_bare_seconds", NULL, "Time."), 1);
    assert_line("t_bare_seconds_bucket{le=\"0.0005\"} 1");
    assert_line("t_bare_seconds_count 1");
}

/* the text format wants every series of a name behind one header */
static void one_name_stands_together(void **state)
{
    const char *first;
    (void)state;

    cs_counter("t_a_total", "n=\"1\"", "A.");
    cs_counter("t_b_total", "n=\"1\"", "B.");
    cs_counter("t_a_total", "n=\"2\"", "A.");
    first = strstr(written(), "# HELP t_a_total ");
    assert_non_null(first);
    assert_null(strstr(first + 1, "# HELP t_a_total "));
    assert_non_null(strstr(text.data, "t_a_total{n=\"1\"} 0\nt_a_total{n=\"2\"} 0\n"));
}

enum { THREADS = 8, ROUNDS = 10000 };

static void *count_much(void *m)
{
    for (int i = 0; i < ROUNDS; i++) {
        cs_metric_add(m, 1);
        cs_counter("t_race_total", NULL, "Race.");
    }
    return NULL;
}

static void threads_lose_nothing(void **state)
{
    struct cs_metric *m = cs_counter("t_race_total", NULL, "Race.");
    pthread_t threads[THREADS];
    (void)state;

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_much, m), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_line("t_race_total 80000");
}

static void the_process_is_shown(void **state)
{
    long long bytes = 0;
    const char *at;
    (void)state;

    at = strstr(written(), "\nprocess_resident_memory_bytes ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, " process_resident_memory_bytes %lld", &bytes), 1);
    assert_true(bytes > 100000);
    assert_non_null(strstr(text.data, "\nprocess_cpu_seconds_total "));
    assert_non_null(strstr(text.data, "\nprocess_open_fds "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_count),           cmocka_unit_test(the_same_is_one_object),
        cmocka_unit_test(gauges_go_both_ways),      cmocka_unit_test(buckets_are_cumulative),
        cmocka_unit_test(histogram_without_labels), cmocka_unit_test(one_name_stands_together),
        cmocka_unit_test(threads_lose_nothing),     cmocka_unit_test(the_process_is_shown),
    };
    int failed = test_run(tests);
    cs_buf_free(&text);
    return failed;
}
