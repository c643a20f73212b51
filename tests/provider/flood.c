/* The kinds of a flood: how it begins, and what it repeats. */
#include "flood.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OK "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
#define STREAM "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
#define TEN "0123456789"
#define PAD TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
    const char *head, *part;
    unsigned pause_ms; /* between two parts */
} kinds[FLOOD_KINDS + 1] = {
    [1] = {"HTTP/1.1 200 OK\r\n", "x-more: and more\r\n", 0},
    [2] = {"HTTP/1.1 200 OK\r\nx-long: ", "and longer ", 0},
    [3] = {"", "HTTP/1.1 100 Continue\r\n\r\n", 0},
    [4] = {"HTTP/1.1 500 Sorry\r\nContent-Type: application/json\r\n\r\n{\"error\":[", "0,", 0},
    [5] = {OK "[", "0,", 0},
    [6] = {OK "{\"data\":[", "{\"embedding\":[1,2,3]},", 0},
    [7] = {STREAM "data: ", "a line without an end ", 0},
    [8] = {STREAM, "data: {\"choices\":[{\"delta\":{}}],\"pad\":\"" PAD PAD PAD PAD "\"}\n\n", 0},
    [9] = {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08", "\x01\x01\x01\x01", 0},
    [10] = {"HTTP/1.1 200 OK\r\n", "x: y\r\n", 100},
    [11] = {OK "[", "0,", 100},
};

enum { MOST = 62 << 20, PIECE = 64 * 1024, MOST_PARTS = 20 /* of those with a pause */ };

struct flood {
    int fd, kind;
};

static bool flood_send(int fd, const char *data, size_t len)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};

    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && poll(&p, 1, 60 * 1000) <= 0)
            return false;
        if (n < 0 && (p.revents & (POLLERR | POLLHUP)))
            return false;
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
    return true;
}

static void *flood_run(void *arg)
{
    static const size_t most = MOST;
    struct flood *f = arg;
    const char *part = kinds[f->kind].part;
    char piece[PIECE];
    size_t len = 0, n = strlen(part), sent = 0;
    unsigned pause_ms = kinds[f->kind].pause_ms;

    do {
        memcpy(piece + len, part, n);
        len += n;
    } while (!pause_ms && len + n <= sizeof(piece));
    bool open = flood_send(f->fd, kinds[f->kind].head, strlen(kinds[f->kind].head));
    for (int i = 0; open && sent < most && (!pause_ms || i < MOST_PARTS); i++) {
        open = flood_send(f->fd, piece, len);
        sent += len;
        if (pause_ms)
            usleep(pause_ms * 1000);
    }
    shutdown(f->fd, SHUT_RDWR); /* h2o closes its own */
    close(f->fd);
    free(f);
    return NULL;
}

void flood_start(h2o_req_t *req, int kind)
{
    struct flood *f = malloc(sizeof(*f));
    pthread_t thread;

    if (!f || kind > FLOOD_KINDS)
        abort();
    *f = (struct flood){dup(h2o_socket_get_fd(req->conn->callbacks->get_socket(req->conn))), kind};
    if (pthread_create(&thread, NULL, flood_run, f) != 0)
        abort();
    pthread_detach(thread);
}
