/* A problem as JSON, from a status or from a service's reply, sent as the answer of a request. */
#include "edge/problem.h"

#include "edge/bus/bridge.h"

#include <string.h>

json_t *problem_json(const Problem *p, const char *request_id)
{
    const char *code = p->code ? p->code : cs_error_code(p->status);
    const char *title = p->title ? p->title : cs_error_title(p->status);
    json_t *json =
        json_pack("{s:s+, s:s, s:i, s:s, s:s, s:s}", "type", "urn:chatsphere:problem:", code,
                  "title", title, "status", p->status, "detail", p->detail ? p->detail : title,
                  "instance", request_id, "code", code);

    if (p->n_errors) {
        json_t *errors = json_array();
        for (size_t i = 0; i < p->n_errors; i++) {
            const FieldError *e = p->errors[i];
            json_array_append_new(errors, json_pack("{s:s, s:s}", "field", e->field ? e->field : "",
                                                    "message", e->message ? e->message : ""));
        }
        json_object_set_new(json, "errors", errors);
    }
    return json;
}

const char *problem_text(struct cs_arena *a, const Problem *p, const char *request_id)
{
    json_t *json = problem_json(p, request_id);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    const char *copy = cs_strdup(a, text ? text : "{}");

    free(text);
    json_decref(json);
    return copy;
}

const char *problem_refusal(struct cs_arena *a, int status, const char *request_id)
{
    Problem p = PROBLEM_INIT;
    static const struct {
        int status;
        const char *detail;
    } known[] = {
        {CS_NOT_FOUND, NULL},
        {CS_TOO_LARGE, "The body is too large."},
        {CS_LIMITED, "Too many request bodies come in from this workspace or address. Retry after "
                     "the time in Retry-After."},
        {CS_OVERLOADED, "No space is available for a body of this size at the moment."},
    };

    p.status = CS_INVALID;
    p.detail = cs_strdup(a, "The request is not valid HTTP.");
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (status == known[i].status) {
            p.status = status;
            p.detail = known[i].detail ? cs_strdup(a, known[i].detail) : NULL;
        }
    return problem_text(a, &p, request_id);
}

Problem *problem_of_reply(struct cs_arena *a, const struct bridge_reply *reply)
{
    Problem *p = NULL;

    if (reply->data && reply->len)
        p = (Problem *)pbjson_unpack(a, &chatsphere__v1__problem__descriptor, reply->data,
                                     reply->len);
    if (!p)
        p = Problem_new(a);
    bool error = reply->status >= 400 && reply->status <= 599;
    Problem_set_status(p, error ? reply->status : CS_INTERNAL);
    if (!p->detail)
        p->detail = cs_strdup(a, reply->detail);
    return p;
}
