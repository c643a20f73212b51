/* Bodies, messages, streams and problems, each sent as the answer of a request. */
#include "edge/answer.h"

#include "edge/openai_text.h"

#include <string.h>

enum { DEFAULT_RETRY_MS = 1000 };

/*
 * A public route is for the pages that the bot allows, and only its service knows them: it answers
 * 403 to any other, which may not even read that. The platform's own list was set before.
 */
static void answer_begin(struct request *r, int status)
{
    r->status = status;
    if (r->any_origin && r->origin && status != CS_FORBIDDEN)
        cors_answer(r->http, r->origin);
}

void answer_body(struct request *r, int status, const char *type, const void *body, size_t len)
{
    answer_begin(r, status);
    http_reply(r->http, status, type, body, len);
}

void answer_message(struct request *r, int status, const ProtobufCMessage *msg)
{
    size_t len = 0;
    const char *text = status == 204 ? NULL : pbjson_text(r->http->arena, msg, &len);

    if (status == 204)
        answer_body(r, status, NULL, NULL, 0);
    else if (text)
        answer_body(r, status, "application/json", text, len);
    else
        answer_error(r, CS_INTERNAL, NULL);
}

void answer_stream(struct request *r, int status)
{
    answer_begin(r, status);
}

void answer_problem(struct request *r, const Problem *p)
{
    bool openai = openai_path(r->http->path);
    const char *text =
        openai ? openai_error(r->http->arena, p) : problem_text(r->http->arena, p, r->id);
    int64_t retry_ms = p->retry_after_ms > 0 ? p->retry_after_ms : DEFAULT_RETRY_MS;

    if (p->retry_after_ms > 0 || p->status == CS_LIMITED || p->status == CS_OVERLOADED)
        http_set_header(r->http, "retry-after",
                        cs_printf(r->http->arena, "%lld", (long long)(retry_ms + 999) / 1000));
    if (p->status == CS_UNAUTHENTICATED)
        http_set_header(r->http, "www-authenticate", "Bearer");
    if (openai && !openai_may_retry(p))
        http_set_header(r->http, "x-should-retry", "false");
    answer_body(r, p->status, openai ? "application/json" : PROBLEM_TYPE, text, strlen(text));
}

void answer_error(struct request *r, int status, const char *detail)
{
    Problem p = PROBLEM_INIT;

    p.status = status;
    p.detail = cs_strdup(r->http->arena, detail);
    answer_problem(r, &p);
}

void answer_limited(struct request *r, int64_t wait_ms, const char *code)
{
    Problem p = PROBLEM_INIT;

    p.status = CS_LIMITED;
    p.detail = cs_strdup(r->http->arena, "Too many requests. Retry after the time in Retry-After.");
    p.code = cs_strdup(r->http->arena, code);
    p.retry_after_ms = wait_ms;
    answer_problem(r, &p);
}

void answer_fields(struct request *r, const struct pbjson_errors *errors)
{
    struct cs_arena *a = r->http->arena;
    Problem p = PROBLEM_INIT;

    if (a->exceeded) {
        answer_error(r, CS_TOO_LARGE, "The request has more values than fit into 8 MiB of memory.");
        return;
    }
    p.status = CS_INVALID;
    p.detail =
        (char *)pbjson_errors_detail(a, errors->n, errors->at[0].field, errors->at[0].message);
    p.errors = CS_NEW(a, FieldError *, PBJSON_MAX_ERRORS);
    for (int i = 0; i < errors->n; i++) {
        if (!*errors->at[i].field) { /* the fault is of the whole request, and no field's */
            p.detail = cs_strdup(a, errors->at[i].message);
            continue;
        }
        FieldError *e = p.errors[p.n_errors++] = FieldError_new(a);
        e->field = cs_strdup(a, errors->at[i].field);
        e->message = cs_strdup(a, errors->at[i].message);
    }
    answer_problem(r, &p);
}
