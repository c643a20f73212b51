/* Spans posted to a collector of the test, and to none. */
#include "test.h"

#include "obs/otlp.h"

#include "base/clock.h"
#include "obs/metrics.h"
#include "obs/ring.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const char parent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/* a listener, and the address it has */
static int listen_any(char url[64])
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
    snprintf(url, 64, "http://127.0.0.1:%d", ntohs(addr.sin_port));
    return fd;
}

static long metric(const char *name)
{
    CS_BUF_AUTO struct cs_buf text = {0};
    CS_BUF_AUTO struct cs_buf line = {0};

    cs_metrics_write(&text);
    cs_buf_addf(&line, "\n%s ", name);
    const char *at = strstr(text.data, line.data);
    return at ? strtol(at + line.len, NULL, 10) : 0;
}

static void end_one(void)
{
    struct cs_span *s = cs_span_child(CS_SPAN_CLIENT, parent);

    cs_span_name(s, "one");
    cs_span_end(s);
}

static void take_request(int fd, char *got, size_t size)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    size_t n = 0, whole = SIZE_MAX;
    ssize_t r;

    while (n < whole && (r = read(fd, got + n, size - 1 - n)) > 0) {
        n += (size_t)r;
        got[n] = '\0';
        const char *body = strstr(got, "\r\n\r\n"), *len = strstr(got, "Content-Length: ");
        if (body && len)
            whole = (size_t)(body + 4 - got) + strtoul(len + 16, NULL, 10);
    }
    assert_int_equal(write(fd, answer, sizeof(answer) - 1), sizeof(answer) - 1);
}

static void stopping_sends_what_waits(void **state)
{
    static char got[65536];
    char url[64];
    int listener = listen_any(url);
    long before = metric("cs_spans_exported_total");
    pthread_t stopper;
    (void)state;

    assert_int_equal(cs_otlp_start("edge", url), 0);
    end_one();
    pthread_create(&stopper, NULL, (void *(*)(void *))cs_otlp_stop, NULL);
    int fd = accept(listener, NULL, NULL);
    take_request(fd, got, sizeof(got));
    pthread_join(stopper, NULL);
    assert_memory_equal(got, "POST /v1/traces HTTP/1.1\r\n", 26);
    assert_non_null(strstr(got, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(got, "\"name\":\"one\""));
    assert_int_equal(metric("cs_spans_exported_total"), before + 1);
    close(fd);
    close(listener);
}

/* the collector takes the connection and never answers: what does not fit is dropped at once */
static void a_dead_collector_costs_spans_not_time(void **state)
{
    char url[64];
    int listener = listen_any(url), n = 2 * CS_RING_SIZE;
    long dropped = metric("cs_spans_dropped_total"), exported = metric("cs_spans_exported_total");
    (void)state;

    assert_int_equal(cs_otlp_start("edge", url), 0);
    for (int i = 0; i < n; i++)
        end_one();
    assert_true(metric("cs_spans_dropped_total") >= dropped + n - CS_RING_SIZE - CS_OTLP_BATCH);
    cs_otlp_stop();
    assert_int_equal(metric("cs_spans_dropped_total"), dropped + n);
    assert_int_equal(metric("cs_spans_exported_total"), exported);
    end_one(); /* nothing takes it, and nothing leaks */
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stopping_sends_what_waits),
        cmocka_unit_test(a_dead_collector_costs_spans_not_time),
    };
    return test_run(tests);
}
