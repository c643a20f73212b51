/* An epoll loop over connections, each with its request, its reply and its time. */
#include "load.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <unistd.h>

struct conn {
    int fd, index;
    struct cs_buf out, in;
    size_t sent;
    int64_t began_us, first_us;
};

struct run {
    const struct load *l;
    struct load_result *r;
    int epoll, open;
    long begun, cap;
    int64_t until_us;
};

static void conn_connect(struct run *run, struct conn *c)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((uint16_t)run->l->port)};
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
    int on = 1;

    if (c->fd >= 0)
        close(c->fd);
    inet_pton(AF_INET, run->l->host, &addr.sin_addr);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&addr, sizeof(addr)) != 0) {
        perror("bench: connect");
        exit(1);
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    epoll_ctl(run->epoll, EPOLL_CTL_ADD, c->fd, &ev);
}

/* Sends the next request, or closes the connection when the time is up. */
static void conn_begin(struct run *run, struct conn *c)
{
    if (run->l->count ? run->begun >= run->l->count : cs_mono_us() >= run->until_us) {
        close(c->fd);
        c->fd = -1;
        run->open--;
        return;
    }
    run->begun++;
    cs_buf_clear(&c->out);
    cs_buf_clear(&c->in);
    run->l->next(run->l->user, c->index, &c->out);
    c->began_us = cs_mono_us();
    c->first_us = 0;
    for (c->sent = 0; c->sent < c->out.len;) {
        ssize_t n = send(c->fd, c->out.data + c->sent, c->out.len - c->sent, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        c->sent += (size_t)n;
    }
}

static void conn_note(struct run *run, const struct conn *c, bool ok)
{
    struct load_result *r = run->r;
    int64_t now = cs_mono_us();

    if (!ok) {
        if (!r->errors++)
            snprintf(r->error_sample, sizeof(r->error_sample), "%.199s",
                     c->in.len ? c->in.data : "connection closed");
        return;
    }
    if (r->n == run->cap) {
        run->cap = run->cap ? run->cap * 2 : 4096;
        r->latency_ms = realloc(r->latency_ms, (size_t)run->cap * sizeof(double));
        r->first_ms = realloc(r->first_ms, (size_t)run->cap * sizeof(double));
        if (!r->latency_ms || !r->first_ms)
            abort();
    }
    r->latency_ms[r->n] = (double)(now - c->began_us) / 1000;
    r->first_ms[r->n++] = (double)((c->first_us ? c->first_us : now) - c->began_us) / 1000;
}

/* Is the answer in c->in whole? */
static bool reply_is_whole(const struct conn *c)
{
    const char *body = c->in.data ? strstr(c->in.data, "\r\n\r\n") : NULL, *length;

    if (!body)
        return false;
    body += 4;
    length = strcasestr(c->in.data, "\r\ncontent-length:");
    if (length && length < body)
        return c->in.len - (size_t)(body - c->in.data) >= strtoul(length + 17, NULL, 10);
    return c->in.len >= 5 && memcmp(c->in.data + c->in.len - 5, "0\r\n\r\n", 5) == 0;
}

static void on_readable(struct run *run, struct conn *c)
{
    char *at = cs_buf_grow(&c->in, 65536);
    ssize_t n = recv(c->fd, at, 65536, MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        conn_note(run, c, false);
        conn_connect(run, c);
        conn_begin(run, c);
        return;
    }
    c->in.len += (size_t)n;
    c->in.data[c->in.len] = '\0';
    const char *body = c->first_us ? NULL : strstr(c->in.data, "\r\n\r\n");
    if (body && (run->l->first_mark ? strstr(body, run->l->first_mark) != NULL : body[4] != '\0'))
        c->first_us = cs_mono_us();
    if (reply_is_whole(c)) {
        conn_note(run, c, c->in.len > 12 && c->in.data[9] == '2');
        conn_begin(run, c);
    }
}

/* Begins the connections whose time has come; how many have begun by now. */
static int start_due(struct run *run, struct conn *conns, int started, int64_t us)
{
    const struct load *l = run->l;
    int64_t due = l->ramp_ms ? 1 + l->connections * us / (l->ramp_ms * 1000LL) : l->connections;

    for (; started < l->connections && started < due; started++) {
        conn_connect(run, &conns[started]);
        conn_begin(run, &conns[started]);
    }
    return started;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void load_sort(struct load_result *r, double seconds)
{
    r->seconds = seconds;
    if (r->n && r->latency_ms)
        qsort(r->latency_ms, (size_t)r->n, sizeof(double), by_value);
    if (r->n && r->first_ms)
        qsort(r->first_ms, (size_t)r->n, sizeof(double), by_value);
}

void load_run(const struct load *l, struct load_result *ret)
{
    struct run run = {.l = l, .r = ret, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    struct conn *conns = calloc((size_t)l->connections, sizeof(*conns));
    int64_t began = cs_mono_us();
    struct epoll_event events[256];
    int n;

    if (!conns)
        abort();
    *ret = (struct load_result){0};
    run.until_us = began + (int64_t)l->seconds * 1000000;
    run.open = l->connections;
    for (int i = 0; i < l->connections; i++)
        conns[i] = (struct conn){.fd = -1, .index = i};
    for (int started = 0; run.open > 0;) {
        started = start_due(&run, conns, started, cs_mono_us() - began);
        n = epoll_wait(run.epoll, events, 256, started < l->connections ? 1 : 1000);
        for (int i = 0; i < n; i++)
            on_readable(&run, events[i].data.ptr);
    }
    load_sort(ret, (double)(cs_mono_us() - began) / 1e6);
    for (int i = 0; i < l->connections; i++) {
        cs_buf_free(&conns[i].in);
        cs_buf_free(&conns[i].out);
    }
    free(conns);
    close(run.epoll);
}

void load_free(struct load_result *r)
{
    free(r->latency_ms);
    free(r->first_ms);
    *r = (struct load_result){0};
}

double load_quantile(const double *sorted, long n, double p)
{
    return n ? sorted[(long)(p * (double)(n - 1))] : 0;
}
