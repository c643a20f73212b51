/*
 * test-collector: a collector of traces for tests, OTLP over HTTP in JSON. Loopback only, one thread.
 *
 *     test-collector <port>     0: any; the port is printed as the first line
 *
 *   POST /v1/traces           takes spans (store.h)
 *   GET /spans                how many there are
 *   GET /spans?trace=<id>     those of one trace, and how they hang together
 */
#include "store.h"

#include "base/buf.h"
#include "../support/loopback.h"

#include <h2o.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BODY = 16 << 20 };

static struct loopback server;

static void reply(h2o_req_t *req, int status, json_t *value)
{
    static h2o_generator_t none;
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS);
    h2o_iovec_t body = h2o_strdup(&req->pool, text, SIZE_MAX);

    free(text);
    json_decref(value);
    req->res.status = status;
    req->res.reason = "-";
    req->res.content_length = body.len;
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                   H2O_STRLIT("application/json"));
    h2o_start_response(req, &none);
    h2o_send(req, &body, 1, H2O_SEND_STATE_FINAL);
}

static void take(h2o_req_t *req)
{
    json_t *body = json_loadb(req->entity.base, req->entity.len, 0, NULL);
    const char *wrong = body ? store_add(body) : "no JSON";

    if (wrong)
        fprintf(stderr, "refused: %s: %.*s\n", wrong, (int)req->entity.len, req->entity.base);
    reply(req, wrong ? 400 : 200, wrong ? json_pack("{s:s}", "message", wrong) : json_object());
    json_decref(body);
}

static int on_request(h2o_handler_t *self, h2o_req_t *req)
{
    static const char key[] = "?trace=";
    h2o_iovec_t p = req->path_normalized;
    const char *query =
        req->query_at == SIZE_MAX
            ? ""
            : h2o_strdup(&req->pool, req->path.base + req->query_at, req->path.len - req->query_at)
                  .base;

    (void)self;
    if (h2o_memis(p.base, p.len, H2O_STRLIT("/v1/traces")))
        take(req);
    else if (!h2o_memis(p.base, p.len, H2O_STRLIT("/spans")))
        reply(req, 404, json_pack("{s:s}", "message", "no such path"));
    else if (strncmp(query, key, sizeof(key) - 1) == 0)
        reply(req, 200, store_trace(query + sizeof(key) - 1));
    else
        reply(req, 200, store_counts());
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: test-collector <port>\n");
        return 2;
    }
    loopback_init(&server);
    server.conf.max_request_entity_size = MAX_BODY;
    return loopback_run(&server, argv[1], on_request);
}
