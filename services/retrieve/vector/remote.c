/* One request after another of a call, each tried until its deadline. */
#include "retrieve/vector/remote.h"

#include "base/clock.h"
#include "base/env.h"
#include "base/log.h"
#include "http/engine.h"
#include "obs/metrics.h"
#include "provider/fault.h"
#include "provider/json.h"
#include "retrieve/vector/vector_store.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum {
    DELAY_MS = 200,
    DELAY_MAX_MS = 8 * 1000,
    REPLY = 64 * 1024,
    REPLY_TREE = 16, /* a tree of JSON takes so many times its text */
    DOWN_AFTER = 5,  /* failures in a row, each after all its tries */
    DOWN_MS = 10 * 1000,
};

struct remote_try {
    struct remote_request r;
    int64_t began_ms, until_ms; /* monotonic */
    int tries;
    remote_fn *next;
    void *state;
};

static char base[REMOTE_URL_MAX + 1];
static char key_header[REMOTE_KEY_MAX + 64];
static const char *headers[4];
static atomic_int failures;
static _Atomic int64_t down_until_ms;

void remote_start(const char *key_name, const char *header)
{
    const char *url = cs_env("VECTOR_URL"), *key = cs_env("VECTOR_KEY");
    size_t n = strlen(url), i = 0;

    while (n > 0 && url[n - 1] == '/')
        n--;
    snprintf(base, sizeof(base), "%.*s", (int)n, url);
    snprintf(key_header, sizeof(key_header), "%s: %s", key_name, key ? key : "");
    headers[i++] = "Content-Type: application/json";
    if (header)
        headers[i++] = header;
    headers[i] = key ? key_header : NULL;
    atomic_store(&failures, 0);
    atomic_store(&down_until_ms, 0);
}

const char *remote_base(void)
{
    return base;
}

bool remote_is_down(void)
{
    return cs_mono_ms() < atomic_load(&down_until_ms);
}

/* down: it says so by itself, or by not answering; one request that is refused says nothing about others. */
static void remote_count(const struct remote_try *t, bool failed, bool down)
{
    char labels[64];

    snprintf(labels, sizeof(labels), "store=\"%s\"", vector_store()->name);
    cs_metric_observe_us(cs_histogram("cs_retrieve_vector_seconds", labels,
                                      "time of a request to the vector store, tries included"),
                         (cs_mono_ms() - t->began_ms) * 1000);
    if (failed)
        cs_metric_add(cs_counter("cs_retrieve_vector_failures_total", labels,
                                 "requests to the vector store that failed after their last try"),
                      1);
    if (!down) {
        atomic_store(&failures, 0);
        atomic_store(&down_until_ms, 0);
    } else if (atomic_fetch_add(&failures, 1) + 1 >= DOWN_AFTER) {
        atomic_store(&down_until_ms, cs_mono_ms() + DOWN_MS);
    }
}

int remote_fail_down(struct cs_call *call)
{
    call->retry_after_ms = DOWN_MS;
    return cs_fail(call, CS_UPSTREAM, "The vector store %s did not answer a moment ago.",
                   vector_store()->name);
}

int remote_fail_reply(struct cs_call *call, const char *what)
{
    cs_log(CS_ERROR, "the vector store answered otherwise than its protocol says", "store",
           vector_store()->name, "answer", what, NULL);
    return cs_fail(call, CS_UPSTREAM, "The vector store %s gave an answer that cannot be used.",
                   vector_store()->name);
}

static int on_reply(struct cs_call *call, void *state, const struct cs_http_reply *rep);

static int remote_send(struct cs_call *call, struct remote_try *t, int64_t delay_ms)
{
    int64_t left = t->until_ms - cs_mono_ms() - delay_ms;
    const struct cs_http_request req = {
        .method = t->r.method,
        .url = t->r.url,
        .headers = headers,
        .body = t->r.body,
        .body_len = t->r.len,
        .timeout_ms = left > 1 ? left : 1,
        .delay_ms = delay_ms,
        .max_body = t->r.max_reply ? t->r.max_reply : REPLY,
    };

    t->tries++;
    return cs_http_then(call, &req, on_reply, t);
}

/* Another try, when there is time for it. */
static bool remote_retry_ms(const struct remote_try *t, int64_t retry_after_ms, int64_t *ret_ms)
{
    int64_t delay = DELAY_MS * (1LL << (t->tries < 6 ? t->tries - 1 : 5));

    delay = delay < DELAY_MAX_MS ? delay : DELAY_MAX_MS;
    delay -= delay / 4 * (cs_mono_us() % 100) / 100; /* not all at the same moment */
    *ret_ms = retry_after_ms > 0 ? retry_after_ms : delay;
    return cs_mono_ms() + *ret_ms < t->until_ms;
}

static int remote_failed(struct cs_call *call, struct remote_try *t, bool down,
                         int64_t retry_after_ms)
{
    remote_count(t, true, down);
    call->retry_after_ms = retry_after_ms;
    return t->next(call, t->state, 0, NULL);
}

static int remote_no_answer(struct cs_call *call, struct remote_try *t,
                            const struct cs_http_reply *rep)
{
    const char *name = vector_store()->name;
    int64_t delay;

    if (!cs_cancelled(call) && !rep->refused && remote_retry_ms(t, 0, &delay))
        return remote_send(call, t, delay);
    cs_log(CS_WARN,
           rep->refused ? "the vector store is at a private address: CHATSPHERE_EGRESS_ALLOW must "
                          "list its host:port"
                        : "the vector store does not answer",
           "store", name, "url", t->r.url, "reason", rep->error, "tries", cs_log_int(t->tries),
           NULL);
    cs_fail(call, rep->limited ? CS_LIMITED : CS_UPSTREAM, "The vector store %s does not answer.",
            name);
    return remote_failed(call, t, !rep->limited, rep->limited ? DELAY_MS : 0);
}

static int remote_refused(struct cs_call *call, struct remote_try *t,
                          const struct cs_http_reply *rep)
{
    const char *name = vector_store()->name;
    struct cs_fault fault;
    int64_t delay;

    cs_fault_parse(rep->body, rep->body_len, &fault);
    bool passes = cs_fault_may_pass(rep->status, &fault);
    if (passes && !cs_cancelled(call) && remote_retry_ms(t, rep->retry_after_ms, &delay))
        return remote_send(call, t, delay);
    cs_log(CS_WARN, "the vector store refuses a request", "store", name, "url", t->r.url, "status",
           cs_log_int(rep->status), "text", cs_fault_redacted(call->arena, fault.message), NULL);
    bool key = rep->status == 401 || rep->status == 403;
    cs_fail(call, CS_UPSTREAM,
            key ? "The vector store %s refused the operator's key (%d)."
                : "The vector store %s refused the request (%d).",
            name, rep->status);
    return remote_failed(call, t, passes || key, rep->retry_after_ms);
}

static bool remote_expects(const struct remote_request *r, int status)
{
    return (status >= 200 && status < 300) || (status == 404 && r->expects_404) ||
           (status == 409 && r->expects_409);
}

static int on_reply(struct cs_call *call, void *state, const struct cs_http_reply *rep)
{
    struct remote_try *t = state;
    size_t most = t->r.max_reply ? t->r.max_reply : REPLY;

    if (rep->status == 0)
        return remote_no_answer(call, t, rep);
    if (!remote_expects(&t->r, rep->status))
        return remote_refused(call, t, rep);
    remote_count(t, false, false);
    json_t *root = cs_provider_json(rep->body, rep->body_len, most * REPLY_TREE);
    int r = t->next(call, t->state, rep->status, json_is_object(root) ? root : NULL);
    json_decref(root);
    return r;
}

int remote_ask(struct cs_call *call, const struct remote_request *r, remote_fn *next, void *state)
{
    struct remote_try *t = CS_NEW(call->arena, struct remote_try, 1);
    int64_t now = cs_mono_ms(), until = now + r->delay_ms + r->within_ms;

    *t = (struct remote_try){
        .r = *r,
        .began_ms = now + r->delay_ms,
        .until_ms = until < call->deadline_ms ? until : call->deadline_ms,
        .next = next,
        .state = state,
    };
    return remote_send(call, t, r->delay_ms);
}
