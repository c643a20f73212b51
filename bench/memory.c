/* memory: of the processes at rest, and of connections that only wait */
#include "bench.h"
#include "proc.h"
#include "table.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONNECTIONS = 5000, SETTLE_MS = 2000, IDLE_MS = 5000 };

/* the sum of all, in MB */
static double memory_of_all(const char *when, bool each)
{
    struct proc_memory m, sum = {0};

    for (int i = 0; proc_name(i); i++) {
        if (!proc_memory(proc_pid(proc_name(i)), &m))
            bench_die("%s is not running", proc_name(i));
        if (each)
            table_line(proc_name(i), "rss %6.1f   pss %6.1f   its own %6.1f",
                       (double)m.rss_kb / 1024, (double)m.pss_kb / 1024, (double)m.own_kb / 1024);
        sum.rss_kb += m.rss_kb;
        sum.pss_kb += m.pss_kb;
        sum.own_kb += m.own_kb;
    }
    table_line(when, "rss %6.1f   pss %6.1f   their own %6.1f", (double)sum.rss_kb / 1024,
               (double)sum.pss_kb / 1024, (double)sum.own_kb / 1024);
    return (double)sum.rss_kb / 1024;
}

/* Twice: a process gives back what only its start needed, see base/resident.h. */
void bench_idle(struct bench *b)
{
    table_title(
        "idle: memory of the edge and the services (MB), and what the whole platform costs");
    memory_of_all("all, just ready", false);
    cs_sleep_ms(IDLE_MS);
    table_goal("all processes idle, rss", memory_of_all("all, idle", true), AT_MOST, 60, "MB");
    bench_rest(b);
}

/* ---- idle connections ---- */

/* Connects, has one request answered, and keeps the connection; -1: failed. */
static int connect_idle(int port)
{
    static const char request[] = "GET /.well-known/jwks.json HTTP/1.1\r\nHost: bench\r\n\r\n";
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char answer[4096];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
        send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) == (ssize_t)sizeof(request) - 1 &&
        recv(fd, answer, sizeof(answer), 0) > 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

void bench_connections(struct bench *b)
{
    static int fds[CONNECTIONS];
    struct proc_memory before, after;
    int n = 0, alive = 0;
    char byte;

    if (!proc_memory(proc_pid("edge"), &before))
        bench_die("the edge is not running");
    for (; n < CONNECTIONS && (fds[n] = connect_idle(b->port)) >= 0; n++)
        ;
    cs_sleep_ms(SETTLE_MS);
    proc_memory(proc_pid("edge"), &after);
    for (int i = 0; i < n; i++) {
        alive += recv(fds[i], &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0;
        close(fds[i]);
    }
    table_title("connections: kept alive, one request each, then idle");
    table_line("idle connections", "%d of %d open; the edge grew by %.1f MB, %.1f KB each", alive,
               CONNECTIONS, (double)(after.rss_kb - before.rss_kb) / 1024,
               (double)(after.rss_kb - before.rss_kb) / (alive ? alive : 1));
}
