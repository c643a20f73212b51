#pragma once
/*
 * bench: what the parts of chatsphere-bench share.
 *
 * A part measures one thing against a yardstick taken in the same run, and prints rows. Who used
 * the processors meanwhile is noted beside each row: that is what limits it. Figures that have a
 * goal are collected and printed again at the end. One thread, except where a library has its own.
 */
#include "load.h"

#include <stdbool.h>

struct tc;

struct bench {
    const char *base_url, *state; /* of the running stack */
    int port, provider_port;      /* on 127.0.0.1 */
    int seconds;                  /* of one measurement */
    struct tc *client;
    char *token;
};

/* A part: a name to be asked for, and what it does. */
struct part {
    const char *name;
    void (*run)(struct bench *b);
    bool user; /* it needs one, so b->token is set */
};

void bench_calls(struct bench *b);
void bench_turns(struct bench *b);
void bench_first(struct bench *b);
void bench_streams(struct bench *b);
void bench_idle(struct bench *b);
void bench_rest(struct bench *b); /* the end of bench_idle() */
void bench_connections(struct bench *b);
void bench_documents(struct bench *b);
void bench_scan(struct bench *b);

/* A request of HTTP/1.1 as it goes out; token and body may be NULL, extra is whole header lines. */
void bench_request(struct cs_buf *out, const char *method, const char *path, const char *token,
                   const char *extra, const char *body);

/* Ends the program with a message. */
void bench_die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2), nonnull));
