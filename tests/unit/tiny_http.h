#pragma once
/*
 * tiny_http: an HTTP server on a free loopback port, for tests of what we send to providers. Its
 * own thread takes one connection after another, reads a whole request, and sends what `answer`
 * wrote. It counts; the n-th request is 0, 1, 2 ...
 */
#include "base/buf.h"
#include "base/env.h"
#include "http/engine.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct tiny_http {
    int fd, port;
    pthread_t thread;
    atomic_int count;
    void (*answer)(int n, const char *request, struct cs_buf *out);
};

static inline void tiny_http_reply(struct cs_buf *out, int status, const char *headers,
                                   const char *body)
{
    cs_buf_addf(out, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n%s\r\n%s",
                status, strlen(body), headers, body);
}

static inline void tiny_http_serve(struct tiny_http *s, int fd)
{
    struct cs_buf in = {0}, out = {0};
    const char *body = NULL, *length;

    for (;;) {
        ssize_t n = read(fd, cs_buf_grow(&in, 65536), 65536);
        if (n <= 0)
            break;
        in.len += (size_t)n;
        in.data[in.len] = '\0';
        body = strstr(in.data, "\r\n\r\n");
        length = strcasestr(in.data, "content-length:");
        if (body &&
            in.len >= (size_t)(body + 4 - in.data) + (length ? strtoul(length + 15, NULL, 10) : 0))
            break;
    }
    if (body) {
        s->answer(atomic_fetch_add(&s->count, 1), in.data, &out);
        for (size_t at = 0; at < out.len;) {
            ssize_t n = send(fd, out.data + at, out.len - at, MSG_NOSIGNAL);
            if (n <= 0)
                break;
            at += (size_t)n;
        }
    }
    cs_buf_free(&in);
    cs_buf_free(&out);
    close(fd);
}

static inline void *tiny_http_run(void *arg)
{
    struct tiny_http *s = arg;

    for (int fd; (fd = accept(s->fd, NULL, NULL)) >= 0;)
        tiny_http_serve(s, fd);
    return NULL;
}

static inline void tiny_http_start(struct tiny_http *s)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);

    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(s->fd, (struct sockaddr *)&a, len) || listen(s->fd, 16) ||
        getsockname(s->fd, (struct sockaddr *)&a, &len))
        abort();
    s->port = ntohs(a.sin_port);
    pthread_create(&s->thread, NULL, tiny_http_run, s);
}

static inline void tiny_http_stop(struct tiny_http *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
}

/* Starts it, and the HTTP engine, which may reach it; 0, or -1. */
static inline int tiny_http_start_engine(struct tiny_http *s)
{
    static const struct cs_env env[] = {CS_HTTP_ENV, {0}};
    char list[64];
    char *argv[] = {(char[]){"test"}, NULL};

    tiny_http_start(s);
    snprintf(list, sizeof(list), "127.0.0.1:%d", s->port);
    setenv("CHATSPHERE_EGRESS_ALLOW", list, 1);
    return cs_env_load(env, "test", 1, argv) ? cs_http_start() : -1;
}

static inline void tiny_http_stop_engine(struct tiny_http *s)
{
    cs_http_stop();
    tiny_http_stop(s);
}
