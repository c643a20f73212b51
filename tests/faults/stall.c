/*
 * Streams that nobody reads. What such a client can still get after it was cut is what the edge and
 * the kernel kept for it: that is measured here.
 */
#include "faults.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_STALLED = 64, WINDOW = 4096, DONE_MS = 60000, DRAIN_MS = 30000 };

struct stalled {
    char conversation[40];
    int fd;
};

static int connect_to(const char *base_url)
{
    const char *port = strrchr(base_url, ':');
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int size = WINDOW, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_port = htons((uint16_t)strtol(port ? port + 1 : "80", NULL, 10));
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
        perror("connect");
        exit(1);
    }
    return fd;
}

static void ask(struct stalled *s, const char *base_url, const char *token)
{
    CS_BUF_AUTO struct cs_buf out = {0};
    const char *body = "{\"content\":\"At length?\",\"stream\":true}";

    s->fd = connect_to(base_url);
    cs_buf_addf(&out,
                "POST /api/v1/conversations/%s/messages HTTP/1.1\r\nHost: test\r\n"
                "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
                "Content-Length: %zu\r\n\r\n%s",
                s->conversation, token, strlen(body), body);
    if (write(s->fd, out.data, out.len) != (ssize_t)out.len)
        perror("write");
}

/* Whether the answer was stored in the end; its length. */
static bool stored(struct tc *c, const char *token, const struct stalled *s, char status[16],
                   size_t *ret_len)
{
    char path[160];
    struct tc_reply r;

    snprintf(path, sizeof(path), "/api/v1/conversations/%.36s/messages", s->conversation);
    const json_t *items = json_object_get(tc_json(c, "GET", path, token, NULL, &r), "items");
    const json_t *answer = json_array_get(items, 1);
    const char *text = json_string_value(json_object_get(answer, "status"));
    snprintf(status, 16, "%s", text ? text : "");
    *ret_len = json_string_length(json_object_get(answer, "content"));
    tc_reply_free(&r);
    return *status && strcmp(status, "pending") != 0 && strcmp(status, "streaming") != 0;
}

static void wait_stored(struct tc *c, struct tally *t, const char *token, const struct stalled *s,
                        size_t want)
{
    int64_t until = cs_mono_ms() + DONE_MS;
    char status[16];
    size_t len;

    while (!stored(c, token, s, status, &len) && cs_mono_ms() < until)
        cs_sleep_ms(100);
    tally_add(t, "turn", strcmp(status, "completed") == 0 && len < want ? "short" : status);
}

/* How much can still be read, and whether the stream was whole. */
static void drain(struct tally *t, const struct stalled *s)
{
    CS_BUF_AUTO struct cs_buf got = {0};
    struct pollfd p = {.fd = s->fd, .events = POLLIN};
    char part[16384];
    ssize_t n = -1;

    while (poll(&p, 1, DRAIN_MS) == 1 && (n = read(s->fd, part, sizeof(part))) > 0)
        cs_buf_add(&got, part, (size_t)n);
    cs_buf_add(&got, "", 1);
    tally_add(t, "stream", strstr(got.data, "event: end") ? "whole" : p.revents ? "cut" : "open");
    tally_slowest(t, "kept_bytes", (long)got.len);
    close(s->fd);
}

int run_stall(int argc, char **argv)
{
    struct stalled stalled[MAX_STALLED];
    struct tally *t = tally_new();
    struct tc c;
    long n = strtol(argv[3], NULL, 10);
    size_t want = strtoul(argv[4], NULL, 10);
    (void)argc;

    tc_init(&c, argv[0]);
    n = n > MAX_STALLED ? MAX_STALLED : n;
    for (long i = 0; i < n; i++) {
        if (!begin_conversation(&c, argv[1], argv[2], stalled[i].conversation))
            return 1;
        ask(&stalled[i], argv[0], argv[1]);
    }
    for (long i = 0; i < n; i++)
        wait_stored(&c, t, argv[1], &stalled[i], want);
    for (long i = 0; i < n; i++)
        drain(t, &stalled[i]);
    tc_free(&c);
    tally_print_and_free(t);
    return 0;
}
