/* The requests of a call that go on together: from the call to the engine, and its replies. */
#include "http/transfer.h"

#include "base/clock.h"
#include "http/share.h"

#include <stdlib.h>

enum { MAX_BODY = 1 << 20, LIMITED_MS = 1000 };

static struct group *group_new(struct cs_call *call, const struct cs_http_request *reqs, size_t n)
{
    struct group *g = calloc(1, sizeof(*g) + n * sizeof(*g->at));
    int64_t now = cs_mono_ms(), left = call ? call->deadline_ms - now : INT64_MAX;

    if (!g)
        abort();
    g->call = call;
    g->n = g->pending = n;
    for (size_t i = 0; i < n; i++) {
        struct transfer *t = &g->at[i];
        int64_t last = reqs[i].delay_ms + reqs[i].timeout_ms;
        t->group = g;
        t->req = reqs[i];
        t->start_ms = t->due_ms = now + reqs[i].delay_ms;
        t->deadline_ms = now + (last < left ? last : left);
        if (!t->req.max_body)
            t->req.max_body = MAX_BODY;
    }
    return g;
}

static void group_reply(const struct transfer *t, struct cs_http_reply *ret)
{
    *ret = (struct cs_http_reply){
        .status = t->status,
        .error = t->error,
        .body = t->body.data ? t->body.data : "",
        .body_len = t->body.len,
        .retry_after_ms = t->retry_after_ms,
        .refused = t->refused,
        .unreachable = t->unreachable,
        .limited = t->limited,
        .too_large = t->too_large,
        .garbled = t->garbled,
    };
    for (size_t i = 0; i < CS_HTTP_WANTED; i++)
        ret->headers[i] = t->headers_got[i];
}

static void group_free(struct group *g)
{
    for (size_t i = 0; i < g->n; i++) {
        if (g->at[i].held)
            cs_share_bytes(g->share, g->at[i].held, 0);
        cs_buf_free(&g->at[i].body);
        for (size_t k = 0; k < CS_HTTP_WANTED; k++)
            free(g->at[i].headers_got[k]);
    }
    free(g);
}

/* on the call's own thread again */
static int group_resumed(struct cs_call *call, void *arg)
{
    struct group *g = arg;
    struct cs_http_reply *reps = CS_NEW(call->arena, struct cs_http_reply, g->n);

    for (size_t i = 0; i < g->n; i++)
        group_reply(&g->at[i], &reps[i]);
    cs_share_leave(g->share, g->n); /* for the next request of the stage; not yet the bytes */
    int r = g->next(call, g->state, reps);
    group_free(g);
    return r;
}

void cs_group_end(struct group *g)
{
    struct cs_http_reply rep;

    if (g->call) {
        cs_call_resume(g->call, group_resumed, g);
        return;
    }
    group_reply(&g->at[0], &rep);
    g->done(g->state, &rep);
    struct share *share = g->share;
    size_t n = g->n;
    group_free(g);
    cs_share_leave(share, n);
}

int cs_http_all_then(struct cs_call *call, const struct cs_http_request *reqs, size_t n,
                     cs_http_stage_fn *next, void *state)
{
    struct share *share = cs_share_enter(call->tenant, n);

    if (!share) {
        call->retry_after_ms = LIMITED_MS;
        return cs_fail(call, CS_LIMITED,
                       "The workspace has too many requests to model providers under way.");
    }
    struct group *g = group_new(call, reqs, n);
    g->share = share;
    g->next = next;
    g->state = state;
    cs_engine_submit(g);
    return CS_LATER;
}

int cs_http_then(struct cs_call *call, const struct cs_http_request *req, cs_http_stage_fn *next,
                 void *state)
{
    return cs_http_all_then(call, req, 1, next, state);
}

bool cs_http_send(const char *tenant, const struct cs_http_request *req, cs_http_done_fn *done,
                  void *state)
{
    struct share *share = cs_share_enter(tenant, 1);

    if (!share)
        return false;
    struct group *g = group_new(NULL, req, 1);
    g->share = share;
    g->done = done;
    g->state = state;
    cs_engine_submit(g);
    return true;
}
