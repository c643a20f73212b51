/* The listener itself, over loopback. */
#include "test.h"

#include "obs/admin.h"

#include "base/buf.h"
#include "obs/metrics.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char address_file[] = "/tmp/admin_test.XXXXXX";
static int port;
static struct cs_buf answer;

/* The whole answer to `request`, until the server closes. */
static const char *ask(const char *request)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ssize_t n;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    assert_int_equal(write(fd, request, strlen(request)), strlen(request));
    cs_buf_clear(&answer);
    while ((n = read(fd, cs_buf_grow(&answer, 4096), 4096)) > 0)
        answer.len += (size_t)n;
    close(fd);
    cs_buf_add(&answer, "", 0);
    return answer.data;
}

static const char *get(const char *path)
{
    char request[256];

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
             path);
    return ask(request);
}

static void assert_answer(const char *path, const char *status, const char *body)
{
    const char *got = get(path), *end = strstr(got, "\r\n\r\n");

    assert_non_null(end);
    assert_memory_equal(got, "HTTP/1.1 ", 9);
    assert_memory_equal(got + 9, status, strlen(status));
    assert_string_equal(end + 4, body);
}

static void a_free_port_was_taken(void **state)
{
    (void)state;
    assert_in_range(port, 1, 65535);
}

static void it_lives(void **state)
{
    (void)state;
    assert_answer("/livez", "200", "{\"live\":true}\n");
}

static void ready_when_every_condition_is(void **state)
{
    (void)state;
    cs_ready_set("nats", false);
    cs_ready_set("schema", false);
    assert_false(cs_ready());
    assert_answer("/readyz", "503", "{\"ready\":false,\"waiting\":[\"nats\",\"schema\"]}\n");
    cs_ready_set("nats", true);
    assert_answer("/readyz", "503", "{\"ready\":false,\"waiting\":[\"schema\"]}\n");
    cs_ready_set("schema", true);
    assert_true(cs_ready());
    assert_answer("/readyz", "200", "{\"ready\":true,\"waiting\":[]}\n");
    cs_ready_set("nats", false);
    assert_false(cs_ready());
    assert_answer("/livez", "200", "{\"live\":true}\n");
    cs_ready_set("nats", true);
}

static void metrics_are_text(void **state)
{
    (void)state;
    cs_metric_add(cs_counter("t_admin_total", NULL, "Test."), 3);
    assert_non_null(strstr(get("/metrics"), "\nt_admin_total 3\n"));
    assert_non_null(strstr(answer.data, "text/plain; version=0.0.4"));
}

static void other_paths_are_not_found(void **state)
{
    (void)state;
    assert_answer("/", "404", "/livez /readyz /metrics\n");
    assert_answer("/metricsx", "404", "/livez /readyz /metrics\n");
}

static void bad_requests_do_not_kill_it(void **state)
{
    (void)state;

    ask("\r\n\r\nnonsense\r\n\r\n");
    ask("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert_answer("/livez", "200", "{\"live\":true}\n");
}

static void wrong_addresses_are_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "nonsense",
        "9090",
        "127.0.0.1:",
        "127.0.0.1:x",
        "127.0.0.1:-1",
        "127.0.0.1:65536",
        "127.0.0.1:90x",
        "host.example:9090",
        "1.2.3.4.5:1",
    };
    char taken[32];
    (void)state;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(cs_admin_start(wrong[i]), -1);
    snprintf(taken, sizeof(taken), "127.0.0.1:%d", port);
    assert_int_equal(cs_admin_start(taken), -1);
}

static int set_up(void **state)
{
    int fd = mkstemp(address_file);
    char text[64] = "";
    (void)state;

    setenv("CHATSPHERE_ADMIN_FILE", address_file, 1);
    if (fd < 0 || cs_admin_start("127.0.0.1:0") != 0)
        return -1;
    close(fd);
    FILE *f = fopen(address_file, "re");
    if (!f || !fgets(text, sizeof(text), f) || sscanf(text, "127.0.0.1:%d\n", &port) != 1)
        return -1;
    fclose(f);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    cs_admin_stop();
    cs_admin_stop(); /* once more is fine */
    unlink(address_file);
    cs_buf_free(&answer);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_free_port_was_taken),
        cmocka_unit_test(it_lives),
        cmocka_unit_test(ready_when_every_condition_is),
        cmocka_unit_test(metrics_are_text),
        cmocka_unit_test(other_paths_are_not_found),
        cmocka_unit_test(bad_requests_do_not_kill_it),
        cmocka_unit_test(wrong_addresses_are_refused),
    };
    return test_run_with(tests, set_up, tear_down);
}
