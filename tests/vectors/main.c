/*
 * test-vectors: a server of vectors for tests (vectors.h), faults included. Loopback only.
 *
 *     test-vectors <port>      0: any; the port is printed as the first line
 *
 *   PUT /faults {"status": 429, "times": 2, "after": 1}   the next requests fail, with Retry-After in seconds
 *               {"cut": true, "times": 1}                 they are cut without an answer
 *               {"slow": 300, "times": 1}                 they are answered after so many ms
 *               {"stale": 3}                              questions are answered as before the last change
 *   GET /state  {"requests": N, "collections": {name: {...}}}
 *   DELETE /state                                         as if it were new
 *   POST /put {"collection", "id", "point"}               a point behind the back of the protocols
 */
#include "vectors.h"

#include "../support/loopback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BODY = 32 << 20, PATH = 256 };

static struct loopback server;
static json_t *faults;
static long n_requests;

struct waiting {
    h2o_timeout_entry_t timer;
    h2o_req_t *req;
    bool gone;
};

void reply_json(h2o_req_t *req, int status, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);
    h2o_iovec_t body = h2o_strdup(&req->pool, text, strlen(text));
    static h2o_generator_t none;

    req->res.status = status;
    req->res.reason = "-";
    req->res.content_length = body.len;
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                   H2O_STRLIT("application/json"));
    h2o_start_response(req, &none);
    h2o_send(req, &body, 1, H2O_SEND_STATE_FINAL);
    free(text);
    json_decref(value);
}

const char *header_of(h2o_req_t *req, const char *name)
{
    ssize_t i = h2o_find_header_by_str(&req->headers, name, strlen(name), -1);

    if (strcmp(name, "host") == 0)
        return h2o_strdup(&req->pool, req->authority.base, req->authority.len).base;
    return i < 0 ? ""
                 : h2o_strdup(&req->pool, req->headers.entries[i].value.base,
                              req->headers.entries[i].value.len)
                       .base;
}

bool method_is(h2o_req_t *req, const char *method)
{
    return h2o_memis(req->method.base, req->method.len, method, strlen(method));
}

int vectors_stale(void)
{
    json_int_t n = json_integer_value(json_object_get(faults, "stale"));

    if (n > 0)
        json_object_set_new(faults, "stale", json_integer(n - 1));
    return (int)n;
}

static void serve_request(h2o_req_t *req)
{
    json_t *body = json_loadb(req->entity.base, req->entity.len, 0, NULL);
    char path[PATH];

    snprintf(path, sizeof(path), "%.*s", (int)req->path_normalized.len, req->path_normalized.base);
    if (!qdrant_serve(req, path, body) && !pinecone_serve(req, path, body))
        reply_json(req, 404, json_pack("{s:s}", "message", "no such path"));
    json_decref(body);
}

/* ---- faults ---- */

static void on_gone(void *p)
{
    struct waiting *w = p;

    w->gone = true;
    if (h2o_timeout_is_linked(&w->timer))
        h2o_timeout_unlink(&w->timer);
}

static void on_time(h2o_timeout_entry_t *timer)
{
    struct waiting *w = H2O_STRUCT_FROM_MEMBER(struct waiting, timer, timer);

    if (!w->gone)
        serve_request(w->req);
}

static void serve_later(h2o_req_t *req, int ms)
{
    static h2o_timeout_t list; /* of one duration; a test keeps to one */
    static int duration;
    struct waiting *w = h2o_mem_alloc_shared(&req->pool, sizeof(*w), on_gone);

    if (!duration)
        h2o_timeout_init(server.ctx.loop, &list, (uint64_t)(duration = ms));
    *w = (struct waiting){.req = req, .timer = {.cb = on_time}};
    h2o_timeout_link(server.ctx.loop, &list, &w->timer);
}

static void serve_cut(h2o_req_t *req)
{
    struct st_h2o_conn_t *conn = req->conn;

    shutdown(h2o_socket_get_fd(conn->callbacks->get_socket(conn)), SHUT_RDWR);
    reply_json(req, 500, json_object());
}

static void serve_status(h2o_req_t *req, int status)
{
    json_int_t after = json_integer_value(json_object_get(faults, "after"));
    char *text = h2o_mem_alloc_pool(&req->pool, 16);
    int n = snprintf(text, 16, "%d", (int)after);

    if (after)
        h2o_add_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("retry-after"), 0, NULL,
                              text, (size_t)n);
    reply_json(req, status,
               json_pack("{s:{s:s},s:n}", "status", "error", "asked to fail", "result"));
}

static void serve_faulty(h2o_req_t *req)
{
    json_int_t times = json_integer_value(json_object_get(faults, "times"));
    json_int_t slow = json_integer_value(json_object_get(faults, "slow"));
    json_int_t status = json_integer_value(json_object_get(faults, "status"));

    n_requests++;
    if (times > 0)
        json_object_set_new(faults, "times", json_integer(times - 1));
    if (times > 0 && slow)
        serve_later(req, (int)slow);
    else if (times > 0 && json_is_true(json_object_get(faults, "cut")))
        serve_cut(req);
    else if (times > 0 && status)
        serve_status(req, (int)status);
    else
        serve_request(req);
}

/* ---- what tests ask ---- */

static void put_behind(json_t *body)
{
    json_t *c = points_collection(json_string_value(json_object_get(body, "collection")));

    json_object_set(json_object_get(c, "points"), json_string_value(json_object_get(body, "id")),
                    json_object_get(body, "point"));
}

static int on_request(h2o_handler_t *self, h2o_req_t *req)
{
    bool is_faults =
        h2o_memis(req->path_normalized.base, req->path_normalized.len, H2O_STRLIT("/faults"));
    bool is_put =
        h2o_memis(req->path_normalized.base, req->path_normalized.len, H2O_STRLIT("/put"));

    (void)self;
    if (h2o_memis(req->path_normalized.base, req->path_normalized.len, H2O_STRLIT("/state"))) {
        if (method_is(req, "DELETE"))
            json_object_clear(points_all());
        reply_json(
            req, 200,
            json_pack("{s:i,s:O}", "requests", (int)n_requests, "collections", points_all()));
    } else if (is_faults || is_put) {
        json_t *body = json_loadb(req->entity.base, req->entity.len, 0, NULL);
        if (is_put)
            put_behind(body);
        if (is_faults) {
            json_decref(faults);
            faults = json_incref(body);
        }
        json_decref(body);
        reply_json(req, 200, json_object());
    } else {
        serve_faulty(req);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: test-vectors <port>\n");
        return 2;
    }
    loopback_init(&server);
    server.conf.max_request_entity_size = BODY;
    return loopback_run(&server, argv[1], on_request);
}
