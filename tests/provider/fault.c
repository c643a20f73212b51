/* Failures of a model's name: the first ones, all, or some by chance. */
#include "fault.h"
#include "flood.h"
#include "reply.h"

#include <stdint.h>
#include <stdio.h>
#include <time.h>

enum { MAX_MODELS = 256 };

/* Counts by model name, so `times` failures come first. */
static bool fault_is_due(const struct behaviour *b, const char *model)
{
    static json_t *tries; /* model -> how often it failed */
    long n;

    if (!tries)
        tries = json_object();
    n = (long)json_integer_value(json_object_get(tries, model));
    if (!b->status || (b->times >= 0 && n >= b->times))
        return false;
    if (json_object_size(tries) < MAX_MODELS)
        json_object_set_new(tries, model, json_integer(n + 1));
    return true;
}

/* 30 % of the requests get 429, 5 % get 500, 2 % are cut, the rest an answer. */
static void fault_choose(struct behaviour *b)
{
    static uint32_t dice = 1;

    dice = dice * 1664525U + 1013904223U;
    unsigned of_100 = (dice >> 16) % 100;
    b->status = of_100 < 30 ? 429 : of_100 < 35 ? 500 : 0;
    b->cut = of_100 >= 35 && of_100 < 37 ? 0 : -1;
}

static void fault_add_after(h2o_req_t *req, const struct behaviour *b)
{
    enum { VALUE = 40 };
    char *value = h2o_mem_alloc_pool(&req->pool, VALUE);
    time_t at = time(NULL) + b->after_s;
    struct tm tm;
    size_t len = b->date ? strftime(value, VALUE, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&at, &tm))
                         : (size_t)snprintf(value, VALUE, "%d", b->after_s);

    h2o_add_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("retry-after"), 0, NULL, value,
                          len);
}

bool fault_serve(const struct wire *wire, h2o_req_t *req, const char *model, struct behaviour *b)
{
    if (b->flood) {
        flood_start(req, b->flood);
        return true;
    }
    if (b->mix) {
        fault_choose(b);
        if (b->cut >= 0) {
            reply_hang_up(req);
            wire_refuse(wire, req, (struct refusal){500, "cut", "nobody hears this", NULL});
            return true;
        }
    }
    if (!fault_is_due(b, model))
        return false;
    if (b->after_s)
        fault_add_after(req, b);
    if (b->html) {
        static const char page[] = "<html><head><title>502 Bad Gateway</title></head><body>"
                                   "<h1>nginx</h1></body></html>";
        reply_text(req, b->status, "text/html", page, sizeof(page) - 1);
        return true;
    }
    wire_refuse(wire, req,
                (struct refusal){b->status,
                                 b->quota           ? "insufficient_quota"
                                 : b->status == 429 ? "requests"
                                                    : "server_error",
                                 "asked to fail, with the key sk-live-0123456789abcdef", NULL});
    return true;
}
