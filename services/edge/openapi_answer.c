/* Responses of the OpenAPI document: success, streams and every error an operation can give. */
#include "edge/openapi_part.h"

#include "edge/local.h"
#include "edge/problem.h"

#include "base/buf.h"
#include "nats/wire.h"
#include "pbjson/example.h"
#include "pbjson/schema.h"

#include "chatsphere/v1/names.h"

#include <stdlib.h>
#include <string.h>

static const char turn_text[] =
    "Server-sent events. The id of an event is its sequence number, from 1 without gaps. The event "
    "`start` is first, then `sources`, `delta` and `usage` follow, and `end` is last. `status` "
    "says "
    "what "
    "the bot is doing while no text comes. `tool_call`, `tool_result` and `approval_required` are "
    "of "
    "bots with tools; a call that needs an approval waits for POST "
    "/api/v1/turns/{turn_id}/approvals. "
    "`reasoning` is what a model thinks aloud. The data of an event is the JSON of its frame. "
    "Further "
    "names of events may be added; ignore those that you do not know. A failure is an event "
    "`error` "
    "with the data {\"problem\": Problem} before `end`. A comment line follows every 15 s of "
    "silence.";
static const char watch_text[] =
    "Server-sent events with the name `progress`. The data of an event is the JSON of "
    "ProgressFrame. The stream ends when the document is ready, failed or cancelled. A comment "
    "line "
    "follows every 15 s of silence.";
static const char events_text[] =
    "Server-sent events without a name. The id of each is that of its event, the same on every "
    "connection, and its data is one CloudEvent. A comment line comes first, and after every 15 s "
    "of silence.";
static const char *const event_kinds[] = {"event", NULL};
static const char *const turn_kinds[] = {
    "start",       "sources", "status", "reasoning", "tool_call", "approval_required",
    "tool_result", "delta",   "usage",  "end",       NULL};
static const char *const watch_kinds[] = {"progress", NULL};

/* ---- streams ---- */

static const ProtobufCFieldDescriptor *frame_field(const char *kind)
{
    return protobuf_c_message_descriptor_get_field_by_name(&chatsphere__v1__frame__descriptor,
                                                           kind);
}

/* only a visitor gets these */
static json_t *without_visitor(json_t *example, const struct route *r)
{
    if (!(r->flags & ROUTE_VISITOR)) {
        json_object_del(example, "session_id");
        json_object_del(example, "visitor_token");
    }
    return example;
}

/* the events of a stream, up to NULL, as they are sent */
static json_t *stream_example(const struct route *r, const char *const *kinds)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    for (int seq = 1; *kinds; kinds++, seq++) {
        json_auto_t *data =
            without_visitor(pbjson_example(frame_field(*kinds)->descriptor, PBJSON_RESPONSE), r);
        char *text = json_dumps(data, JSON_COMPACT);
        if (r->rpc == RPC_EVENTS_WATCH_EVENTS)
            cs_buf_addf(&b, "id: %s\ndata: %s\n\n", json_string_value(json_object_get(data, "id")),
                        text ? text : "");
        else
            cs_buf_addf(&b, "id: %d\nevent: %s\ndata: %s\n\n", seq, *kinds, text ? text : "");
        free(text);
    }
    return json_stringn(b.data, b.len);
}

static json_t *stream_schema(const char *text, const char *const *kinds)
{
    json_t *data = pbjson_schema_ref(frame_field(kinds[0])->descriptor), *any;

    if (kinds[1]) {
        any = json_pack("[o]", data);
        for (kinds++; *kinds; kinds++)
            json_array_append_new(any, pbjson_schema_ref(frame_field(*kinds)->descriptor));
        data = json_pack("{s:s, s:o}", "description", "The data of one event.", "anyOf", any);
    }
    return json_pack("{s:s, s:s, s:s, s:o}", "type", "string", "description", text,
                     "contentMediaType", "text/event-stream", "contentSchema", data);
}

static json_t *stream_content(const struct route *r, const char *text, const char *const *kinds)
{
    return openapi_content("text/event-stream", stream_schema(text, kinds),
                           stream_example(r, kinds));
}

/* ---- success ---- */

static json_t *upload_content(void)
{
    const ProtobufCMessageDescriptor *d = RPC_INGEST_COMPLETE_UPLOAD->output;
    json_t *one = pbjson_schema_ref(d), *example = pbjson_example(d, PBJSON_RESPONSE);
    json_t *schema = json_pack(
        "{s:[{s:s, s:s, s:{s:O}, s:[s]}, {s:s, s:s, s:{s:{s:s, s:s, s:o}}, s:[s]}]}", "oneOf",
        "type", "object", "description", "The document of a single upload.", "properties",
        "document", one, "required", "document", "type", "object", "description",
        "The documents of a form with several files.", "properties", "items", "type", "array",
        "description", "Documents in the order of the files.", "items", one, "required", "items");

    return openapi_content("application/json", schema, json_pack("{s:o}", "document", example));
}

static json_t *local_content(const struct route *r)
{
    static const char status[] =
        "{\"type\":\"object\",\"required\":[\"status\",\"services\"],\"properties\":{"
        "\"status\":{\"type\":\"string\",\"enum\":[\"ok\",\"degraded\"],"
        "\"description\":\"Status of the platform; degraded when a service is unavailable.\"},"
        "\"services\":{\"type\":\"array\",\"description\":\"Status of each service.\","
        "\"items\":{\"type\":\"object\",\"required\":[\"name\",\"status\"],\"properties\":{"
        "\"name\":{\"type\":\"string\",\"description\":\"Name of the service.\"},"
        "\"status\":{\"type\":\"string\",\"enum\":[\"ok\",\"unavailable\"],"
        "\"description\":\"Status of the service.\"}}}}}}";
    static const char status_example[] =
        "{\"status\":\"ok\",\"services\":[{\"name\":\"edge\",\"status\":\"ok\"},"
        "{\"name\":\"auth\",\"status\":\"ok\"}]}";

    if (r->local == status_get)
        return openapi_content("application/json", json_loads(status, 0, NULL),
                               json_loads(status_example, 0, NULL));
    return openapi_content(
        "application/json",
        json_pack("{s:s, s:s}", "type", "object", "description", "An OpenAPI 3.1 document."),
        json_pack("{s:s, s:{s:s, s:s}, s:{}}", "openapi", "3.1.0", "info", "title", "ChatSphere",
                  "version", "1", "paths"));
}

static json_t *success_content(const struct route *r, json_t *schemas)
{
    json_t *types;

    if (!r->rpc)
        return local_content(r);
    if (r->flags & ROUTE_CONTENT)
        return openapi_content("application/octet-stream", json_object(),
                               json_string("# Opening hours\n\nWe open at nine."));
    if (r->rpc == RPC_EVENTS_WATCH_EVENTS)
        return stream_content(r, events_text, event_kinds);
    if (r->flags & ROUTE_WATCH)
        return stream_content(r, watch_text, watch_kinds);
    if (r->flags & ROUTE_FOLLOW)
        return stream_content(r, turn_text, turn_kinds);
    pbjson_schema_add(schemas, r->rpc->output);
    if (r->flags & ROUTE_UPLOAD)
        return upload_content();
    json_t *example = pbjson_example(r->rpc->output, PBJSON_RESPONSE);
    if (r->flags & ROUTE_TURN)
        without_visitor(example, r);
    types = openapi_content("application/json", pbjson_schema_ref(r->rpc->output), example);
    if (r->flags & ROUTE_TURN)
        json_object_update_new(types, stream_content(r, turn_text, turn_kinds));
    return types;
}

static json_t *answer_headers(int status)
{
    json_t *headers = json_pack("{s:o}", "X-Request-Id", openapi_ref("headers", "RequestId"));

    if (status == CS_LIMITED || status == CS_OVERLOADED)
        json_object_set_new(headers, "Retry-After", openapi_ref("headers", "RetryAfter"));
    if (status == CS_UNAUTHENTICATED)
        json_object_set_new(headers, "WWW-Authenticate", openapi_ref("headers", "Authenticate"));
    return headers;
}

static const char *success_text(const struct route *r)
{
    const struct cs_message_meta *m = r->rpc ? cs_message_meta(r->rpc->output) : NULL;

    if (r->status == 204)
        return "The operation succeeded. The response has no body.";
    if (r->flags & ROUTE_CONTENT)
        return "The bytes of the original file.";
    if (r->rpc == RPC_EVENTS_WATCH_EVENTS)
        return "The events of the workspace.";
    if (r->flags & ROUTE_WATCH)
        return "The progress of the document.";
    if (r->flags & ROUTE_FOLLOW)
        return "The events of the turn. Its end is the end of the response.";
    return m && m->comment ? m->comment : "The requested information.";
}

static json_t *success_answer(const struct route *r, json_t *schemas)
{
    json_t *answer = json_pack("{s:s, s:o}", "description", success_text(r), "headers",
                               answer_headers(r->status));

    if (r->flags & ROUTE_CONTENT)
        json_object_set_new(json_object_get(answer, "headers"), "Content-Disposition",
                            openapi_ref("headers", "Disposition"));
    if (r->status != 204)
        json_object_set_new(answer, "content", success_content(r, schemas));
    return answer;
}

/* ---- errors ---- */

static bool for_all_routes(const struct route *r)
{
    return r->path != NULL;
}

static bool for_calls(const struct route *r)
{
    return r->rpc != NULL;
}

static bool for_tokens(const struct route *r)
{
    return !(r->flags & ROUTE_PUBLIC);
}

static bool for_ids(const struct route *r)
{
    return r->rpc && strchr(r->path, '{');
}

static bool for_keyed_routes(const struct route *r)
{
    return r->rpc && r->method == HTTP_POST && !(r->flags & ROUTE_UNKEYED);
}

static bool for_json(const struct route *r)
{
    return openapi_has_body(r) && !(r->flags & (ROUTE_UPLOAD | ROUTE_PART));
}

static bool for_files(const struct route *r)
{
    return r->flags & ROUTE_UPLOAD;
}

static bool for_limited_routes(const struct route *r)
{
    return r->limit != LIMIT_NONE;
}

/* Errors that follow from a route. A 404 of the rpc's own replaces the one here. */
static const struct shared_error {
    int status;
    const char *name;
    bool (*applies)(const struct route *r);
    const char *text;
} shared_errors[] = {
    {400, "Invalid", for_all_routes,
     "The request is malformed or a field is invalid. `errors` names invalid fields."},
    {401, "Unauthenticated", for_tokens, "The bearer token is missing, invalid or expired."},
    {403, "Forbidden", for_tokens,
     "The caller's role, scope or token does not allow this operation."},
    {404, "NotFound", for_ids,
     "No object with this id exists for the caller. Unknown ids and ids of other workspaces give "
     "the same error."},
    {409, "InProgress", for_keyed_routes,
     "A request with the same Idempotency-Key is being processed."},
    {413, "TooLarge", for_json, "The body is larger than 1 MiB."},
    {413, "FileTooLarge", for_files,
     "A file is larger than " CS_MAX_FILE_TEXT ", or a JSON body larger than 4 MiB."},
    {415, "UnsupportedMediaType", for_json, "The body is not application/json."},
    {415, "UnsupportedForm", for_files,
     "The body is neither multipart/form-data nor application/json."},
    {422, "KeyReused", for_keyed_routes, "The Idempotency-Key was used for a different request."},
    {429, "TooManyRequests", for_limited_routes,
     "Too many requests. The header Retry-After holds the time to wait."},
    {500, "InternalError", for_calls,
     "An internal error. The header X-Request-Id identifies its log lines."},
    {502, "BadGateway", for_calls, "A service of the platform returned an unreadable reply."},
    {503, "Unavailable", for_calls,
     "A service of the platform is overloaded or unavailable. The header Retry-After holds the "
     "time to wait."},
    {504, "Timeout", for_calls,
     "A service of the platform did not reply in time. The request may still take effect."},
};
enum { N_SHARED = sizeof(shared_errors) / sizeof(shared_errors[0]) };

static json_t *error_answer(int status, const char *text)
{
    return json_pack("{s:s, s:o, s:o}", "description", text, "headers", answer_headers(status),
                     "content",
                     openapi_content(PROBLEM_TYPE, openapi_ref("schemas", "Problem"), NULL));
}

json_t *openapi_shared_answers(void)
{
    json_t *all = json_object();

    for (int i = 0; i < N_SHARED; i++)
        json_object_set_new(all, shared_errors[i].name,
                            error_answer(shared_errors[i].status, shared_errors[i].text));
    return all;
}

/* NULL: the operation never gives this status */
static json_t *error_of_status(const struct route *r, int status)
{
    const struct shared_error *shared = NULL;
    const struct cs_rpc_error *e = r->rpc ? r->rpc->errors : NULL;
    CS_BUF_AUTO struct cs_buf text = {0};

    for (int i = 0; i < N_SHARED && !shared; i++)
        if (shared_errors[i].status == status && shared_errors[i].applies(r))
            shared = &shared_errors[i];
    while (e && e->status && e->status != status)
        e++;
    const char *own = e && e->status ? e->comment : NULL;
    if (!own)
        return shared ? openapi_ref("responses", shared->name) : NULL;
    cs_buf_addf(&text, "%s", own);
    if (shared && status != 404)
        cs_buf_addf(&text, "\n\n%s", shared->text);
    return error_answer(status, text.data);
}

json_t *openapi_answers(const struct route *r, json_t *schemas)
{
    json_t *all = json_object();
    char text[12];

    snprintf(text, sizeof(text), "%d", r->status);
    json_object_set_new(all, text, success_answer(r, schemas));
    if (r->flags & ROUTE_UPLOAD) /* the other success, when all files are there already */
        json_object_set_new(
            all, "200",
            json_pack("{s:s, s:o, s:o}", "description",
                      "The bot has each file already, with the same bytes under the same name.",
                      "headers", answer_headers(200), "content", success_content(r, schemas)));
    for (int status = 400; status < 600; status++) {
        json_t *error = error_of_status(r, status);
        snprintf(text, sizeof(text), "%d", status);
        if (error)
            json_object_set_new(all, text, error);
    }
    return all;
}
