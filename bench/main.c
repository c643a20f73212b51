/*
 * chatsphere-bench: measures a running stack, in ratios to yardsticks of the same run.
 * tools/bench starts what it needs and calls it.
 *
 *     chatsphere-bench <base URL> <state folder> <provider's port> <provider's pid> [part...]
 */
#include "bench.h"

#include "../tests/support/client.h"
#include "proc.h"
#include "table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const struct part parts[] = {
    {"idle", bench_idle, false}, /* before anything has grown */
    {"connections", bench_connections, false},
    {"calls", bench_calls, true},
    {"turns", bench_turns, true},
    {"first", bench_first, true},
    {"streams", bench_streams, true},
    {"documents", bench_documents, true},
    {"scan", bench_scan, false},
};
enum { N_PARTS = sizeof(parts) / sizeof(parts[0]), SECONDS = 8 };

void bench_die(const char *fmt, ...)
{
    va_list ap;

    fputs("bench: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputs("\n", stderr);
    exit(1);
}

void bench_request(struct cs_buf *out, const char *method, const char *path, const char *token,
                   const char *extra, const char *body)
{
    cs_buf_addf(out, "%s %s HTTP/1.1\r\nHost: bench\r\n%s", method, path, extra);
    if (token)
        cs_buf_addf(out, "Authorization: Bearer %s\r\n", token);
    if (body)
        cs_buf_addf(out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
    cs_buf_addf(out, "\r\n%s", body ? body : "");
}

static void need_parts(int n, char **names)
{
    for (int i = 0; i < n; i++) {
        bool known = false;
        for (int k = 0; k < N_PARTS; k++)
            known = known || strcmp(names[i], parts[k].name) == 0;
        if (!known)
            bench_die("there is no part %s", names[i]);
    }
}

int main(int argc, char **argv)
{
    struct tc client;
    struct bench b = {.client = &client, .seconds = SECONDS};
    struct rlimit r;

    if (argc < 5)
        bench_die("usage: chatsphere-bench <base URL> <state> <provider's port> <pid> [part...]");
    need_parts(argc - 5, argv + 5);
    if (getrlimit(RLIMIT_NOFILE, &r) == 0) { /* thousands of connections are held */
        r.rlim_cur = r.rlim_max;
        setrlimit(RLIMIT_NOFILE, &r);
    }
    b.base_url = argv[1];
    b.state = argv[2];
    b.port = (int)strtol(strrchr(b.base_url, ':') + 1, NULL, 10);
    b.provider_port = (int)strtol(argv[3], NULL, 10);
    proc_init(b.state, (int)strtol(argv[4], NULL, 10));
    tc_init(&client, b.base_url);
    for (int i = 0; i < N_PARTS; i++) {
        bool chosen = argc == 5;
        for (int k = 5; k < argc; k++)
            chosen = chosen || strcmp(argv[k], parts[i].name) == 0;
        if (!chosen)
            continue;
        if (parts[i].user && !b.token && !(b.token = tc_register(&client, "bench")))
            return 1;
        parts[i].run(&b);
    }
    table_goals();
    tc_free(&client);
    free(b.token);
    return 0;
}
