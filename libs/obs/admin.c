/* Three paths served by h2o on a loop and a thread of their own. */
#include "obs/admin.h"

#include "base/buf.h"
#include "base/log.h"
#include "obs/metrics.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <h2o.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_CONDITIONS = 16, REQUEST_MS = 10 * 1000 };

static struct {
    pthread_mutex_t lock;
    struct {
        const char *name;
        bool ok;
    } at[MAX_CONDITIONS];
    int n;
} conditions = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct {
    pthread_t thread;
    h2o_globalconf_t conf;
    h2o_context_t ctx;
    h2o_accept_ctx_t accept;
    h2o_socket_t *listener;
    h2o_multithread_receiver_t wake;
    atomic_bool running;
} admin;

/* ---- readiness ---- */

void cs_ready_set(const char *condition, bool ok)
{
    int i = 0;

    pthread_mutex_lock(&conditions.lock);
    while (i < conditions.n && strcmp(conditions.at[i].name, condition) != 0)
        i++;
    if (i == MAX_CONDITIONS)
        abort();
    if (i == conditions.n)
        conditions.at[conditions.n++].name = condition;
    conditions.at[i].ok = ok;
    pthread_mutex_unlock(&conditions.lock);
}

/* Names what is awaited as JSON strings; true if nothing is. */
static bool list_awaited(struct cs_buf *out)
{
    bool ready = true;

    pthread_mutex_lock(&conditions.lock);
    for (int i = 0; i < conditions.n; i++) {
        if (conditions.at[i].ok)
            continue;
        cs_buf_addf(out, "%s\"%s\"", ready ? "" : ",", conditions.at[i].name);
        ready = false;
    }
    pthread_mutex_unlock(&conditions.lock);
    return ready;
}

bool cs_ready(void)
{
    CS_BUF_AUTO struct cs_buf ignored = {0};
    return list_awaited(&ignored);
}

/* ---- requests ---- */

static void admin_reply(h2o_req_t *req, int status, const char *type, const struct cs_buf *text)
{
    static h2o_generator_t none;
    h2o_iovec_t body = h2o_strdup(&req->pool, text->data ? text->data : "", text->len);

    req->res.status = status;
    req->res.reason = status == 200 ? "OK" : status == 404 ? "Not Found" : "Service Unavailable";
    req->res.content_length = text->len;
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, type, strlen(type));
    h2o_start_response(req, &none);
    h2o_send(req, &body, 1, H2O_SEND_STATE_FINAL);
}

static int on_request(h2o_handler_t *self, h2o_req_t *req)
{
    CS_BUF_AUTO struct cs_buf text = {0}, awaited = {0};
    h2o_iovec_t path = req->path_normalized;

    (void)self;
    if (h2o_memis(path.base, path.len, H2O_STRLIT("/livez"))) {
        cs_buf_adds(&text, "{\"live\":true}\n");
        admin_reply(req, 200, "application/json", &text);
    } else if (h2o_memis(path.base, path.len, H2O_STRLIT("/readyz"))) {
        bool ready = list_awaited(&awaited);
        cs_buf_addf(&text, "{\"ready\":%s,\"waiting\":[%s]}\n", ready ? "true" : "false",
                    awaited.data ? awaited.data : "");
        admin_reply(req, ready ? 200 : 503, "application/json", &text);
    } else if (h2o_memis(path.base, path.len, H2O_STRLIT("/metrics"))) {
        cs_metrics_write(&text);
        admin_reply(req, 200, "text/plain; version=0.0.4; charset=utf-8", &text);
    } else {
        cs_buf_adds(&text, "/livez /readyz /metrics\n");
        admin_reply(req, 404, "text/plain", &text);
    }
    return 0;
}

/* ---- the listener ---- */

static void on_accept(h2o_socket_t *listener, const char *error)
{
    h2o_socket_t *sock = error ? NULL : h2o_evloop_socket_accept(listener);

    if (sock)
        h2o_accept(&admin.accept, sock);
}

/* "host:port" with a numeric IPv4 host; no host: all of them. */
static bool parse_address(const char *text, struct sockaddr_in *ret)
{
    const char *colon = strrchr(text, ':');
    char host[INET_ADDRSTRLEN], *end;
    unsigned long port;

    if (!colon || !isdigit((unsigned char)colon[1]) || (size_t)(colon - text) >= sizeof(host))
        return false;
    snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
    port = strtoul(colon + 1, &end, 10);
    *ret = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return !*end && port <= UINT16_MAX &&
           inet_pton(AF_INET, *host ? host : "0.0.0.0", &ret->sin_addr) == 1;
}

/* A listening socket, and where it is bound; -1 with errno. */
static int listen_at(struct sockaddr_in *addr)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, saved;
    socklen_t len = sizeof(*addr);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)addr, sizeof(*addr)) == 0 && listen(fd, 64) == 0 &&
        getsockname(fd, (struct sockaddr *)addr, &len) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

/* Whoever waits for the file must never read half an address. */
static void record_address(const struct sockaddr_in *addr)
{
    const char *path = getenv("CHATSPHERE_ADMIN_FILE");
    char host[INET_ADDRSTRLEN], temporary[1024];
    FILE *f;

    if (!path || !*path)
        return;
    snprintf(temporary, sizeof(temporary), "%s.new", path);
    inet_ntop(AF_INET, &addr->sin_addr, host, sizeof(host));
    f = fopen(temporary, "we");
    if (!f ||
        fprintf(f, "%s:%d\n", strcmp(host, "0.0.0.0") ? host : "127.0.0.1", ntohs(addr->sin_port)) <
            0 ||
        fclose(f) != 0 || rename(temporary, path) != 0)
        cs_log(CS_WARN, "cannot record the admin address", "file", path, "error", strerror(errno),
               NULL);
}

static void on_wake(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages)
{
    (void)receiver;
    (void)messages;
}

static void *admin_run(void *unused)
{
    (void)unused;
    while (atomic_load(&admin.running))
        h2o_evloop_run(admin.ctx.loop, INT32_MAX);
    return NULL;
}

static void admin_configure(int fd)
{
    h2o_hostconf_t *host;
    h2o_handler_t *handler;

    h2o_config_init(&admin.conf);
    admin.conf.server_name = h2o_iovec_init(H2O_STRLIT(""));
    admin.conf.http1.upgrade_to_http2 = 0;
    admin.conf.http1.req_timeout = REQUEST_MS;
    admin.conf.max_request_entity_size = 1024;
    host = h2o_config_register_host(&admin.conf, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    handler = h2o_create_handler(h2o_config_register_path(host, "/", 0), sizeof(*handler));
    handler->on_req = on_request;
    h2o_context_init(&admin.ctx, h2o_evloop_create(), &admin.conf);
    admin.accept = (h2o_accept_ctx_t){.ctx = &admin.ctx, .hosts = admin.conf.hosts};
    h2o_multithread_register_receiver(admin.ctx.queue, &admin.wake, on_wake);
    admin.listener = h2o_evloop_socket_create(admin.ctx.loop, fd, H2O_SOCKET_FLAG_DONT_READ);
    h2o_socket_read_start(admin.listener, on_accept);
}

int cs_admin_start(const char *addr)
{
    struct sockaddr_in bound;
    bool parsed = parse_address(addr, &bound);
    int fd = parsed ? listen_at(&bound) : -1;

    if (fd < 0) {
        cs_log(CS_ERROR, "cannot listen for /readyz and /metrics", "address", addr, "error",
               parsed ? strerror(errno) : "must be a.b.c.d:port", NULL);
        return -1;
    }
    admin_configure(fd);
    record_address(&bound);
    atomic_store(&admin.running, true);
    if (pthread_create(&admin.thread, NULL, admin_run, NULL) != 0)
        abort();
    return 0;
}

void cs_admin_stop(void)
{
    if (!atomic_exchange(&admin.running, false))
        return;
    h2o_multithread_send_message(&admin.wake, NULL);
    pthread_join(admin.thread, NULL);
    h2o_socket_close(admin.listener);
}

/*
 * h2o keeps what it freed in lists of the thread, which nothing can empty when the thread ends. A
 * leak checker, where there is one, asks this.
 */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:h2o_mem_alloc_recycle\n";
}
