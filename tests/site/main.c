/*
 * test-site: a web site for tests of crawls. Loopback only, one thread; its pages are what the test has put there.
 *
 *     test-site <port>          0: any; the port is printed as the first line
 *
 *   PUT /path                   a page: the body, and headers that say how it is answered
 *                                 X-Status, Content-Type, X-Location, X-ETag, X-Robots, X-Encoding
 *                                 X-Delay     ms before the answer
 *                                 X-After     Retry-After in seconds, for the next X-Times answers, which are 503
 *                                 X-Pad       so many further bytes
 *   DELETE /path                it is 404 from now on
 *   GET /path                   the page; 304 when If-None-Match names its ETag
 *   GET /--log                  {"pages": {"/path": {"200": N, ...}}, "most": N at once, "carried": [odd request headers]}
 *   DELETE /--log               it begins anew
 */
#include "base/buf.h"
#include "../support/loopback.h"

#include <h2o.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BODY = 4 << 20 };

static struct loopback server;
static json_t *pages; /* path -> {status, type, ..., body} */
static json_t *seen;  /* path -> {status: number} */
static json_t *carried;
static int n_open, n_most;

/* ---- answers ---- */

static const char *page_member(json_t *page, const char *key)
{
    const char *text = json_string_value(json_object_get(page, key));

    return text && *text ? text : NULL;
}

static long page_number(json_t *page, const char *key)
{
    const char *text = page_member(page, key);

    return text ? strtol(text, NULL, 10) : 0;
}

static void seen_count(const char *path, int status)
{
    json_t *of_page = json_object_get(seen, path);
    char word[16];

    snprintf(word, sizeof(word), "%d", status);
    if (!of_page)
        json_object_set_new(seen, path, of_page = json_object());
    json_object_set_new(of_page, word,
                        json_integer(json_integer_value(json_object_get(of_page, word)) + 1));
}

static void add_header(h2o_req_t *req, const char *name, const char *value)
{
    if (value)
        h2o_add_header_by_str(&req->pool, &req->res.headers,
                              h2o_strdup(&req->pool, name, SIZE_MAX).base, strlen(name), 0, NULL,
                              h2o_strdup(&req->pool, value, SIZE_MAX).base, strlen(value));
}

static void req_answer(h2o_req_t *req, int status, const char *type, const char *text, size_t len)
{
    static h2o_generator_t none;
    h2o_iovec_t body = h2o_strdup(&req->pool, text, len);

    req->res.status = status;
    req->res.reason = "-";
    req->res.content_length = len;
    add_header(req, "content-type", type);
    h2o_start_response(req, &none);
    h2o_send(req, &body, 1, H2O_SEND_STATE_FINAL);
}

static void reply_json(h2o_req_t *req, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);

    req_answer(req, 200, "application/json", text, strlen(text));
    free(text);
    json_decref(value);
}

static const char *header_of(h2o_req_t *req, const char *name)
{
    ssize_t at = h2o_find_header_by_str(&req->headers, name, strlen(name), -1);

    return at < 0 ? NULL
                  : h2o_strdup(&req->pool, req->headers.entries[at].value.base,
                               req->headers.entries[at].value.len)
                        .base;
}

static char *path_of(h2o_req_t *req)
{
    return h2o_strdup(&req->pool, req->path.base, req->path.len).base;
}

static void reply_page(h2o_req_t *req, json_t *page)
{
    const char *path = path_of(req), *etag = page_member(page, "x-etag"),
               *known = header_of(req, "if-none-match");
    long status = page ? page_number(page, "x-status") : 404, pad = page_number(page, "x-pad");
    struct cs_buf body = {0};

    status = status ? status : 200;
    if (page_number(page, "x-times") > 0) {
        json_object_set_new(page, "x-times", json_sprintf("%ld", page_number(page, "x-times") - 1));
        status = 503;
        add_header(req, "retry-after", page_member(page, "x-after"));
    } else if (status == 200 && etag && known && strcmp(etag, known) == 0) {
        status = 304;
    }
    seen_count(path, (int)status);
    add_header(req, "etag", etag);
    add_header(req, "location", page_member(page, "x-location"));
    add_header(req, "x-robots-tag", page_member(page, "x-robots"));
    add_header(req, "content-encoding", page_member(page, "x-encoding"));
    if (status != 304 && page)
        cs_buf_add(&body, json_string_value(json_object_get(page, "body")),
                   json_string_length(json_object_get(page, "body")));
    for (long i = 0; status != 304 && i < pad; i++)
        cs_buf_add(&body, "x", 1);
    req_answer(req, (int)status,
               page_member(page, "content-type") ? page_member(page, "content-type")
                                                 : "text/html; charset=utf-8",
               body.data ? body.data : "", body.len);
    cs_buf_free(&body);
}

/* ---- answers that take their time ---- */

struct waiting {
    h2o_timeout_entry_t timer;
    h2o_req_t *req;
    json_t *page;
};

/* in the request's pool: also when the client has left */
static void waiting_end(void *p)
{
    struct waiting *w = p;

    n_open--;
    if (h2o_timeout_is_linked(&w->timer))
        h2o_timeout_unlink(&w->timer);
    json_decref(w->page);
}

static void waiting_due(h2o_timeout_entry_t *t)
{
    struct waiting *w = H2O_STRUCT_FROM_MEMBER(struct waiting, timer, t);

    reply_page(w->req, w->page);
}

static void page_get(h2o_req_t *req)
{
    struct waiting *w = h2o_mem_alloc_shared(&req->pool, sizeof(*w), waiting_end);
    json_t *page = json_object_get(pages, path_of(req));

    *w = (struct waiting){.req = req, .page = json_incref(page)};
    n_open++;
    n_most = n_open > n_most ? n_open : n_most;
    for (size_t i = 0; i < req->headers.size; i++) {
        const h2o_header_t *h = &req->headers.entries[i];
        if (h2o_memis(h->name->base, h->name->len, H2O_STRLIT("authorization")) ||
            h2o_memis(h->name->base, h->name->len, H2O_STRLIT("cookie")) ||
            h2o_memis(h->name->base, h->name->len, H2O_STRLIT("referer")))
            json_array_append_new(carried, json_stringn(h->name->base, h->name->len));
    }
    if (page_number(page, "x-delay") > 0) {
        loopback_later(server.ctx.loop, &w->timer, (int)page_number(page, "x-delay"), waiting_due);
        return;
    }
    reply_page(req, page);
}

/* ---- what the test says ---- */

static void page_put(h2o_req_t *req)
{
    static const char *const names[] = {"x-status", "content-type", "x-location", "x-etag",
                                        "x-robots", "x-encoding",   "x-delay",    "x-after",
                                        "x-times",  "x-pad"};
    json_t *page = json_object();

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *value = header_of(req, names[i]);
        /* curl's own, for a page without one */
        if (value && strcmp(value, "application/x-www-form-urlencoded") != 0)
            json_object_set_new(page, names[i], json_string(value));
    }
    json_object_set_new(page, "body", json_stringn_nocheck(req->entity.base, req->entity.len));
    json_object_set_new(pages, path_of(req), page);
    reply_json(req, json_object());
}

static void seen_forget(void)
{
    json_object_clear(seen);
    json_array_clear(carried);
    n_most = 0;
}

static int on_request(h2o_handler_t *self, h2o_req_t *req)
{
    bool log = strcmp(path_of(req), "/--log") == 0,
         get_it = h2o_memis(req->method.base, req->method.len, H2O_STRLIT("GET"));

    (void)self;
    if (h2o_memis(req->method.base, req->method.len, H2O_STRLIT("PUT"))) {
        page_put(req);
    } else if (get_it && log) {
        reply_json(req,
                   json_pack("{s:O, s:i, s:O}", "pages", seen, "most", n_most, "carried", carried));
    } else if (get_it) {
        page_get(req);
    } else {
        if (log)
            seen_forget();
        else
            json_object_del(pages, path_of(req));
        reply_json(req, json_object());
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: test-site <port>\n");
        return 2;
    }
    pages = json_object();
    seen = json_object();
    carried = json_array();
    loopback_init(&server);
    server.conf.max_request_entity_size = MAX_BODY;
    server.conf.http1.req_timeout = 300 * 1000;
    return loopback_run(&server, argv[1], on_request);
}
