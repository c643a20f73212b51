/*
 * test-provider: a model provider for tests and the bench, in the OpenAI wire format and, for vectors, in
 * those of Gemini, Ollama and Cohere, faults included (behaviour.h). Loopback only, one thread, no state but the last request.
 *
 *     test-provider <port>     0: any; the port is printed as the first line
 *
 *   POST /v1/chat/completions, whole and streamed; POST /v1/embeddings
 *   POST /v1beta/models/<model>:batchEmbedContents as Gemini, /api/embed as Ollama, /v2/embed as Cohere
 *   GET /last                the last request: {"headers": {...}, "body": ..., "count": N, "open": N}
 */
#include "behaviour.h"
#include "format.h"
#include "flood.h"
#include "reply.h"
#include "vector.h"

#include "base/buf.h"
#include "base/clock.h"
#include "../support/loopback.h"

#include <h2o.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_DELAYS = 32, MAX_MODELS = 256 };

static struct loopback server;
static json_t *last;  /* GET /last */
static json_t *tries; /* model -> how often it failed */
static long n_requests, n_open;

/* One answer on its way. Lives in the request's pool; `gone` is set when the client left. */
struct answer {
    h2o_generator_t super;
    h2o_timeout_entry_t timer;
    h2o_req_t *req;
    struct behaviour b;
    bool stream, usage, gone, waiting, done, cutting;
    int at;           /* tokens said */
    int64_t began_ms; /* the first of them; monotonic */
    int prompt_tokens;
    char *model, *echo;
    struct cs_buf out, flying;
    size_t trickled;
};

/* ---- timers: h2o 2.2 has one list a duration ---- */

static h2o_timeout_t *delay_list(int ms)
{
    static struct {
        int ms;
        h2o_timeout_t list;
    } lists[MAX_DELAYS];
    static int n;

    for (int i = 0; i < n; i++)
        if (lists[i].ms == ms)
            return &lists[i].list;
    if (n == MAX_DELAYS)
        abort();
    lists[n].ms = ms;
    h2o_timeout_init(server.ctx.loop, &lists[n].list, (uint64_t)ms);
    return &lists[n++].list;
}

static void later(struct answer *a, int ms, h2o_timeout_cb fn)
{
    a->timer = (h2o_timeout_entry_t){.cb = fn};
    h2o_timeout_link(server.ctx.loop, delay_list(ms), &a->timer);
}

static struct answer *of_timer(h2o_timeout_entry_t *t)
{
    return H2O_STRUCT_FROM_MEMBER(struct answer, timer, t);
}

/* ---- refusals ---- */

static void reply_error(h2o_req_t *req, int status, const char *type, const char *message)
{
    reply_json(req, status,
               json_pack("{s:{s:s,s:s,s:n,s:s}}", "error", "message", message, "type", type,
                         "param", "code",
                         strcmp(type, "requests") == 0 ? "rate_limit_exceeded" : type));
}

static void refuse_parameter(h2o_req_t *req, const char *name, const char *message)
{
    reply_json(req, 400,
               json_pack("{s:{s:s,s:s,s:s,s:s}}", "error", "message", message, "type",
                         "invalid_request_error", "param", name, "code", "unsupported_parameter"));
}

/* ---- the answer's text ---- */

static const char *word_at(const struct answer *a, int i, char out[64])
{
    static const char *const words[] = {"the ",     "answer ", "stands ", "in ",
                                        "passage ", "[1] ",    "as ",     "asked, "};

    if (a->echo) {
        const char *p = a->echo;
        for (int k = 0; k < i && *p; k++)
            p += strcspn(p, " ") + (strchr(p, ' ') ? 1 : 0);
        snprintf(out, 64, "%.*s ", (int)(strcspn(p, " ") < 60 ? strcspn(p, " ") : 60), p);
        return out;
    }
    if (a->b.wide) {
        memset(out, 1, 32);
        out[32] = '\0';
        return out;
    }
    return words[i % 8];
}

static int n_words(const struct answer *a)
{
    int n = 1;

    if (!a->echo)
        return a->b.words;
    for (const char *p = a->echo; *p; p++)
        n += *p == ' ';
    return n;
}

static json_t *usage_of(const struct answer *a)
{
    if (a->b.lies)
        return json_pack("{s:I,s:I}", "prompt_tokens", (long long)INT64_MAX, "completion_tokens",
                         (long long)-5000000);
    return json_pack("{s:i,s:i,s:i}", "prompt_tokens", a->prompt_tokens, "completion_tokens",
                     n_words(a), "total_tokens", a->prompt_tokens + n_words(a));
}

/* ---- streamed ---- */

static void add_event(struct answer *a, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT);

    cs_buf_addf(&a->out, "data: %s\n\n", text);
    free(text);
    json_decref(value);
}

static json_t *chunk(const struct answer *a, json_t *choices)
{
    return json_pack("{s:s,s:s,s:i,s:s,s:o}", "id", "chatcmpl-test", "object",
                     "chat.completion.chunk", "created", 1790000000, "model", a->model, "choices",
                     choices);
}

static void add_delta(struct answer *a, json_t *delta, const char *finish)
{
    add_event(a, chunk(a, json_pack("[{s:i,s:o,s:s?}]", "index", 0, "delta", delta, "finish_reason",
                                    finish)));
}

static void flush(struct answer *a);

static void on_proceed(h2o_generator_t *self, h2o_req_t *req)
{
    struct answer *a = H2O_STRUCT_FROM_MEMBER(struct answer, super, self);

    (void)req;
    a->waiting = false;
    if (a->out.len > 0 || a->done)
        flush(a);
    else if (a->cutting)
        h2o_send(a->req, NULL, 0, H2O_SEND_STATE_ERROR);
}

static void flush(struct answer *a)
{
    h2o_iovec_t v;
    size_t n = a->out.len;
    bool last_one;

    if (a->waiting || a->gone)
        return;
    if (a->b.trickle && n > 1)
        n = 1;
    cs_buf_clear(&a->flying);
    cs_buf_add(&a->flying, a->out.data ? a->out.data : "", n);
    if (n > 0) {
        memmove(a->out.data, a->out.data + n, a->out.len - n);
        a->out.len -= n;
    }
    last_one = a->done && a->out.len == 0;
    a->waiting = true;
    v = h2o_iovec_init(a->flying.data, a->flying.len);
    h2o_send(a->req, &v, 1, last_one ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
}

static void finish_stream(struct answer *a)
{
    add_delta(a, json_object(), "stop");
    if (a->usage) {
        json_t *c = chunk(a, json_array());
        json_object_set_new(c, "usage", usage_of(a));
        add_event(a, c);
    }
    cs_buf_adds(&a->out, "data: [DONE]\n\n");
    a->done = true;
}

/* Ends the connection in the middle of the stream, once what was said is out. */
static void cut(struct answer *a)
{
    a->cutting = true;
    if (!a->waiting)
        h2o_send(a->req, NULL, 0, H2O_SEND_STATE_ERROR);
}

/* Tokens keep their times however late a timer is: a model does not slow down with its listeners. */
static bool next_is_due(const struct answer *a)
{
    return a->began_ms + (int64_t)a->at * a->b.token_ms <= cs_mono_ms();
}

static void say(h2o_timeout_entry_t *t)
{
    struct answer *a = of_timer(t);

    if (!a->began_ms)
        a->began_ms = cs_mono_ms();
    while (!a->gone && !a->done) {
        char word[64];
        if (a->at == a->b.cut) {
            flush(a);
            cut(a);
            return; /* a may be gone */
        }
        if (a->at == a->b.error) {
            add_event(a, json_pack("{s:{s:s,s:s,s:n,s:s}}", "error", "message",
                                   "The server had an error", "type", "server_error", "param",
                                   "code", "server_error"));
            a->done = true;
        } else if (a->at >= n_words(a)) {
            finish_stream(a);
        } else {
            add_delta(a, json_pack("{s:s}", "content", word_at(a, a->at++, word)), NULL);
            if (!next_is_due(a))
                break;
        }
    }
    flush(a);
    if (!a->done && !a->gone)
        later(a, a->b.token_ms, say);
}

static void start_stream(struct answer *a)
{
    a->super.proceed = on_proceed;
    a->req->res.status = 200;
    a->req->res.reason = "OK";
    h2o_add_header(&a->req->pool, &a->req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL,
                   H2O_STRLIT("text/event-stream"));
    h2o_start_response(a->req, &a->super);
    add_delta(a, json_pack("{s:s,s:s}", "role", "assistant", "content", ""), NULL);
    flush(a);
    later(a, a->b.first_ms, say);
}

/* ---- whole ---- */

static void reply_nothing(h2o_req_t *req)
{
    reply_hang_up(req);
    reply_error(req, 500, "cut", "nobody hears this");
}

static void say_whole(h2o_timeout_entry_t *t)
{
    struct answer *a = of_timer(t);
    CS_BUF_AUTO struct cs_buf text = {0};
    char word[64];

    if (a->gone)
        return;
    if (a->b.cut >= 0)
        reply_hang_up(a->req);
    for (int i = 0; i < n_words(a); i++)
        cs_buf_adds(&text, word_at(a, i, word));
    a->done = true;
    reply_json(a->req, 200,
               json_pack("{s:s,s:s,s:i,s:s,s:[{s:i,s:s,s:{s:s,s:s%,s:n}}],s:o}", "id",
                         "chatcmpl-test", "object", "chat.completion", "created", 1790000000,
                         "model", a->model, "choices", "index", 0, "finish_reason", "stop",
                         "message", "role", "assistant", "content", text.data ? text.data : "",
                         text.len, "refusal", "usage", usage_of(a)));
}

/* ---- requests ---- */

static void on_gone(void *p)
{
    struct answer *a = p;

    a->gone = true;
    n_open--;
    if (h2o_timeout_is_linked(&a->timer))
        h2o_timeout_unlink(&a->timer);
    cs_buf_free(&a->out);
    cs_buf_free(&a->flying);
    free(a->model);
    free(a->echo);
}

/* Is this one to fail? Counts by model name, so `times` failures come first. */
static bool fails(const struct behaviour *b, const char *model)
{
    long n = (long)json_integer_value(json_object_get(tries, model));

    if (!b->status || (b->times >= 0 && n >= b->times))
        return false;
    if (json_object_size(tries) < MAX_MODELS)
        json_object_set_new(tries, model, json_integer(n + 1));
    return true;
}

static void fail(h2o_req_t *req, const struct behaviour *b)
{
    if (b->after_s) {
        h2o_iovec_t v = h2o_strdup(&req->pool, "", 0);
        v.base = h2o_mem_alloc_pool(&req->pool, 16);
        v.len = (size_t)snprintf(v.base, 16, "%d", b->after_s);
        h2o_add_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("retry-after"), 0, NULL,
                              v.base, v.len);
    }
    reply_error(req, b->status,
                b->quota           ? "insufficient_quota"
                : b->status == 429 ? "requests"
                                   : "server_error",
                "asked to fail, with the key sk-live-0123456789abcdef");
}

/* 30 % of the requests get 429, 5 % get 500, 2 % are cut, the rest an answer; whether this one fails. */
static bool mixed(struct behaviour *b)
{
    static uint32_t dice = 1;

    dice = dice * 1664525U + 1013904223U;
    unsigned of_100 = (dice >> 16) % 100;
    b->status = of_100 < 30 ? 429 : of_100 < 35 ? 500 : 0;
    b->cut = of_100 >= 35 && of_100 < 37 ? 0 : -1;
    return of_100 < 37;
}

static const char *last_user_message(json_t *messages)
{
    size_t n = json_array_size(messages);
    const char *text =
        n ? json_string_value(json_object_get(json_array_get(messages, n - 1), "content")) : NULL;
    return text ? text : "";
}

static int count_tokens(json_t *messages)
{
    json_t *m;
    size_t i, bytes = 0;

    json_array_foreach(messages, i, m) {
        const char *text = json_string_value(json_object_get(m, "content"));
        bytes += text ? strlen(text) : 0;
    }
    return (int)(bytes / 4);
}

static void chat(h2o_req_t *req, json_t *body, const char *model, const struct behaviour *b)
{
    json_t *messages = json_object_get(body, "messages");
    struct answer *a;

    if (json_array_size(messages) == 0) {
        reply_error(req, 400, "invalid_request_error", "messages must not be empty");
        return;
    }
    a = h2o_mem_alloc_shared(&req->pool, sizeof(*a), on_gone);
    *a = (struct answer){.req = req,
                         .b = *b,
                         .model = strdup(model),
                         .stream = json_is_true(json_object_get(body, "stream")),
                         .usage = json_is_true(json_object_get(
                             json_object_get(body, "stream_options"), "include_usage")),
                         .echo = b->echo ? strdup(last_user_message(messages)) : NULL,
                         .prompt_tokens = count_tokens(messages)};
    n_open++;
    if (a->stream)
        start_stream(a);
    else
        later(a, b->first_ms, say_whole);
}

static void say_embeddings(h2o_timeout_entry_t *t)
{
    struct answer *a = of_timer(t);

    if (!a->gone && a->b.cut >= 0)
        reply_hang_up(a->req);
    if (!a->gone)
        reply_text(a->req, 200, "application/json", a->out.data, a->out.len);
}

/* The size that a request wants; Gemini's is in each of its parts. */
static int dimensions_of(const struct format *f, json_t *body, const struct behaviour *b)
{
    json_t *first = json_array_get(json_object_get(body, "requests"), 0);
    int dims = (int)json_integer_value(json_object_get(first ? first : body, f->size));

    return dims > 0 ? dims : b->dims;
}

static void embeddings(h2o_req_t *req, json_t *body, const char *model, const struct behaviour *b,
                       const struct format *f)
{
    json_t *input = f->texts(body), *vectors = json_array(), *text;
    const char *encoding = json_string_value(json_object_get(body, "encoding_format"));
    bool base64 = encoding && strcmp(encoding, "base64") == 0;
    int dims = dimensions_of(f, body, b), tokens = 0;
    size_t i;

    json_array_foreach(input, i, text) {
        const char *s = json_string_value(text);
        if (!s || !*s) {
            json_decref(input);
            json_decref(vectors);
            reply_error(req, 400, "invalid_request_error", "input must not be empty");
            return;
        }
        tokens += (int)strlen(s) / 4;
        json_array_append_new(vectors, vector_of(s, dims, base64));
    }
    json_decref(input);
    struct answer *a = h2o_mem_alloc_shared(&req->pool, sizeof(*a), on_gone);
    *a = (struct answer){.req = req, .b = *b};
    n_open++;
    json_t *answer = f->answer(model, vectors, tokens);
    char *dumped = json_dumps(answer, JSON_COMPACT);
    cs_buf_adds(&a->out, dumped);
    free(dumped);
    json_decref(answer);
    json_decref(vectors);
    later(a, b->first_ms, say_embeddings);
}

static void remember(h2o_req_t *req, json_t *body)
{
    json_t *headers = json_object();

    for (size_t i = 0; i < req->headers.size; i++) {
        const h2o_header_t *h = &req->headers.entries[i];
        CS_BUF_AUTO struct cs_buf name = {0};
        cs_buf_add(&name, h->name->base, h->name->len);
        json_object_set_new(headers, name.data, json_stringn(h->value.base, h->value.len));
    }
    json_decref(last);
    last = json_pack("{s:o,s:O?}", "headers", headers, "body", body);
    n_requests++;
}

static bool authorised(h2o_req_t *req, bool gemini)
{
    ssize_t i = h2o_find_header(&req->headers, H2O_TOKEN_AUTHORIZATION, -1);
    const h2o_iovec_t *v = i >= 0 ? &req->headers.entries[i].value : NULL;

    if (gemini) {
        i = h2o_find_header_by_str(&req->headers, H2O_STRLIT("x-goog-api-key"), -1);
        return !v && i >= 0 && req->headers.entries[i].value.len > 0;
    }
    return v && v->len > 7 && memcmp(v->base, "Bearer ", 7) == 0 &&
           !h2o_memis(v->base, v->len, H2O_STRLIT("Bearer sk-wrong"));
}

static void post(h2o_req_t *req, const char *what)
{
    json_t *body = json_loadb(req->entity.base, req->entity.len, 0, NULL);
    json_t *part = json_array_get(json_object_get(body, "requests"), 0);
    const char *model = json_string_value(json_object_get(part ? part : body, "model"));
    struct behaviour b;

    remember(req, body);
    behaviour_parse(model ? model : "", &b);
    if (!authorised(req, strcmp(what, "gemini") == 0))
        reply_error(req, 401, "invalid_request_error", "Incorrect API key provided");
    else if (!model)
        reply_error(req, 400, "invalid_request_error", "model is required");
    else if (b.flood)
        flood_start(req, b.flood);
    else if (b.mix && mixed(&b) && b.cut >= 0)
        reply_nothing(req);
    else if (fails(&b, model))
        fail(req, &b);
    else if (b.picky && json_object_get(body, "temperature"))
        refuse_parameter(req, "temperature", "Only the default value is supported.");
    else if (b.picky && json_object_get(body, "max_tokens"))
        refuse_parameter(req, "max_tokens", "Use 'max_completion_tokens' instead.");
    else if (strcmp(what, "chat") == 0)
        chat(req, body, model, &b);
    else
        embeddings(req, body, model, &b, format_of(what));
    json_decref(body);
}

static int on_request(h2o_handler_t *self, h2o_req_t *req)
{
    h2o_iovec_t p = req->path_normalized;

    (void)self;
    if (h2o_memis(p.base, p.len, H2O_STRLIT("/v1/chat/completions")))
        post(req, "chat");
    else if (h2o_memis(p.base, p.len, H2O_STRLIT("/v1/embeddings")))
        post(req, "embeddings");
    else if (h2o_memis(p.base, p.len, H2O_STRLIT("/api/embed")))
        post(req, "ollama");
    else if (h2o_memis(p.base, p.len, H2O_STRLIT("/v2/embed")))
        post(req, "cohere");
    else if (p.len > 27 && h2o_memis(p.base, 15, H2O_STRLIT("/v1beta/models/")) &&
             h2o_memis(p.base + p.len - 19, 19, H2O_STRLIT(":batchEmbedContents")))
        post(req, "gemini");
    else if (h2o_memis(p.base, p.len, H2O_STRLIT("/last")))
        reply_json(req, 200,
                   json_pack("{s:O?,s:O?,s:i,s:i}", "headers", json_object_get(last, "headers"),
                             "body", json_object_get(last, "body"), "count", (int)n_requests,
                             "open", (int)n_open));
    else
        reply_error(req, 404, "invalid_request_error", "no such path");
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: test-provider <port>\n");
        return 2;
    }
    tries = json_object();
    loopback_init(&server);
    server.conf.http1.req_timeout = 300 * 1000;
    return loopback_run(&server, argv[1], on_request);
}
