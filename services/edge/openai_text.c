/* Requests are read leniently, as the official clients need it; what would be ignored in silence is refused. */
#include "edge/openai_text.h"

#include "base/err.h"
#include "provider/half.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGES_MAX = 200 };

bool openai_path(const char *path)
{
    return strncmp(path, "/v1/", 4) == 0 || strcmp(path, "/v1") == 0;
}

/* ---- errors ---- */

static bool quota_is_used_up(const Problem *p)
{
    return p->status == CS_LIMITED && p->code &&
           (strcmp(p->code, "limited_plan") == 0 || strcmp(p->code, "limited_day") == 0);
}

static const char *error_type(const Problem *p)
{
    if (quota_is_used_up(p))
        return "insufficient_quota";
    switch (p->status) {
    case CS_UNAUTHENTICATED: return "authentication_error";
    case CS_FORBIDDEN: return "permission_error";
    case CS_LIMITED: return "rate_limit_error";
    default: return p->status < CS_INTERNAL ? "invalid_request_error" : "server_error";
    }
}

const char *openai_error(struct cs_arena *a, const Problem *p)
{
    const char *code = p->code                           ? p->code
                       : p->status == CS_UNAUTHENTICATED ? "invalid_api_key"
                                                         : cs_error_code(p->status);
    json_t *json = json_pack("{s:{s:s, s:s, s:s?, s:s}}", "error", "message",
                             p->detail ? p->detail : cs_error_title(p->status), "type",
                             error_type(p), "param", p->n_errors ? p->errors[0]->field : NULL,
                             "code", quota_is_used_up(p) ? "insufficient_quota" : code);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    const char *copy = cs_strdup(a, text ? text : "{\"error\":{}}");

    free(text);
    json_decref(json);
    return copy;
}

bool openai_may_retry(const Problem *p)
{
    if (p->status == CS_LIMITED)
        return !quota_is_used_up(p);
    return p->status < CS_INTERNAL || p->status == CS_OVERLOADED;
}

/* ---- chat ---- */

static const char *read_model(struct cs_arena *a, const json_t *body, struct pbjson_errors *errors)
{
    const char *model = json_string_value(json_object_get(body, "model"));

    if (!model || !*model)
        pbjson_error(errors, "model", "The value must be the id of a bot.");
    return cs_strdup(a, model);
}

/* A string, or parts of text that are put together. NULL: neither. */
static const char *read_content(struct cs_arena *a, const json_t *content)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    size_t i;
    json_t *part;

    if (json_is_string(content))
        return cs_strdup(a, json_string_value(content));
    if (!json_is_array(content))
        return NULL;
    cs_buf_adds(&b, "");
    json_array_foreach(content, i, part) {
        const char *text = json_string_value(json_object_get(part, "text"));
        const char *type = json_string_value(json_object_get(part, "type"));
        if (!text || (type && strcmp(type, "text") != 0))
            return NULL;
        cs_buf_adds(&b, text);
    }
    return cs_strdup(a, b.data);
}

static void add_message(struct cs_arena *a, CompleteRequest *req, MessageRole role,
                        const char *text)
{
    CompleteMessage *m = CompleteMessage_new(a);

    CompleteMessage_set_role(m, role);
    m->content = (char *)text;
    req->messages[req->n_messages++] = m;
}

static void read_message(struct cs_arena *a, const json_t *m, struct cs_buf *instructions,
                         CompleteRequest *req, struct pbjson_errors *errors)
{
    const char *role = json_string_value(json_object_get(m, "role"));
    const json_t *content = json_object_get(m, "content");
    const char *text = read_content(a, content);

    if (role && strcmp(role, "assistant") == 0 && (!content || json_is_null(content)))
        return; /* an answer that consisted of tool calls */
    if (!role) {
        pbjson_error(errors, "messages", "Each message must have a role.");
    } else if (!text) {
        pbjson_error(errors, "messages", "The content must be a string or parts of type text.");
    } else if (strcmp(role, "system") == 0 || strcmp(role, "developer") == 0) {
        if (instructions->len)
            cs_buf_adds(instructions, "\n\n");
        cs_buf_adds(instructions, text);
    } else if (strcmp(role, "user") == 0) {
        add_message(a, req, MESSAGE_ROLE_USER, text);
    } else if (strcmp(role, "assistant") == 0) {
        if (*text)
            add_message(a, req, MESSAGE_ROLE_ASSISTANT, text);
    } else {
        pbjson_error(errors, "messages", "The role must be system, developer, user or assistant.");
    }
}

static void read_messages(struct cs_arena *a, const json_t *list, CompleteRequest *req,
                          struct pbjson_errors *errors)
{
    CS_BUF_AUTO struct cs_buf instructions = {0};
    size_t i;
    json_t *m;

    req->messages = CS_NEW(a, CompleteMessage *, json_array_size(list) + 1);
    json_array_foreach(list, i, m) {
        read_message(a, m, &instructions, req, errors);
    }
    if (instructions.len)
        req->instructions = cs_strdup(a, instructions.data);
    if (errors->n == 0 && req->n_messages == 0)
        pbjson_error(errors, "messages", "There must be at least one message of the user.");
    if (req->n_messages > MESSAGES_MAX) { /* the newest count */
        req->messages += req->n_messages - MESSAGES_MAX;
        req->n_messages = MESSAGES_MAX;
    }
}

static void refuse_unsupported(const json_t *body, struct pbjson_errors *errors)
{
    const json_t *n = json_object_get(body, "n");
    static const char *const tools[] = {"tools", "functions"};

    if (json_is_number(n) && json_number_value(n) > 1)
        pbjson_error(errors, "n", "The value must be 1: a bot gives one answer.");
    for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
        if (json_array_size(json_object_get(body, tools[i])) > 0)
            pbjson_error(errors, tools[i], "The bot does not take tools of the caller.");
}

bool openai_read_chat(struct cs_arena *a, json_t *body, struct openai_chat *ret,
                      struct pbjson_errors *errors)
{
    const json_t *options = json_object_get(body, "stream_options");

    *ret = (struct openai_chat){.request = CompleteRequest_new(a)};
    ret->model = read_model(a, body, errors);
    read_messages(a, json_object_get(body, "messages"), ret->request, errors);
    refuse_unsupported(body, errors);
    ret->stream = json_is_true(json_object_get(body, "stream"));
    ret->include_usage = json_is_true(json_object_get(options, "include_usage"));
    ret->request->bot_id = (char *)ret->model;
    json_decref(body);
    return errors->n == 0;
}

/* ---- embeddings ---- */

static void add_input(struct cs_arena *a, struct openai_embed *e, const json_t *v,
                      struct pbjson_errors *errors)
{
    if (!json_is_string(v) || json_string_length(v) == 0)
        pbjson_error(errors, "input",
                     "The value must be a text that is not empty, or a list of them.");
    else
        e->inputs[e->n++] = cs_strdup(a, json_string_value(v));
}

static void read_inputs(struct cs_arena *a, const json_t *input, struct openai_embed *e,
                        struct pbjson_errors *errors)
{
    size_t n = json_is_array(input) ? json_array_size(input) : 1;

    if (n == 0 || n > OPENAI_INPUTS) {
        pbjson_error(errors, "input", "The list must have 1 to 256 texts.");
        return;
    }
    e->inputs = CS_NEW(a, char *, n);
    for (size_t i = 0; i < n && errors->n == 0; i++)
        add_input(a, e, json_is_array(input) ? json_array_get(input, i) : input, errors);
}

bool openai_read_embed(struct cs_arena *a, json_t *body, struct openai_embed *ret,
                       struct pbjson_errors *errors)
{
    const char *format = json_string_value(json_object_get(body, "encoding_format"));

    *ret = (struct openai_embed){.model = read_model(a, body, errors)};
    ret->dimensions = (int)json_integer_value(json_object_get(body, "dimensions"));
    ret->base64 = format && strcmp(format, "base64") == 0;
    if (format && !ret->base64 && strcmp(format, "float") != 0)
        pbjson_error(errors, "encoding_format", "The value must be float or base64.");
    read_inputs(a, json_object_get(body, "input"), ret, errors);
    json_decref(body);
    return errors->n == 0;
}

/* ---- answers ---- */

const char *openai_finish(const char *reason)
{
    static const char *const known[] = {"length", "content_filter"};

    for (size_t i = 0; reason && i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i], reason) == 0)
            return known[i];
    return "stop";
}

static json_t *usage_json(const Usage *u)
{
    json_int_t prompt = u ? u->prompt_tokens : 0, completion = u ? u->completion_tokens : 0;

    return json_pack("{s:I, s:I, s:I}", "prompt_tokens", prompt, "completion_tokens", completion,
                     "total_tokens", prompt + completion);
}

static json_t *sources_json(Source *const *items, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, pbjson_write(&items[i]->base));
    return list;
}

const char *openai_sources(struct cs_arena *a, Source *const *items, size_t n)
{
    json_t *list = sources_json(items, n);
    char *text = json_dumps(list, JSON_COMPACT);
    const char *out = cs_printf(a, "\"chatsphere\":{\"sources\":%s}", text ? text : "[]");

    free(text);
    json_decref(list);
    return out;
}

const char *openai_completion(struct cs_arena *a, const struct openai_head *h, const Turn *turn,
                              size_t *ret_len)
{
    const Message *m = turn->message;
    json_t *json =
        json_pack("{s:s, s:s, s:I, s:s, s:[{s:i, s:{s:s, s:s, s:n}, s:n, s:s}], s:o, s:{s:o}}",
                  "id", h->id, "object", "chat.completion", "created", (json_int_t)h->created,
                  "model", h->model, "choices", "index", 0, "message", "role", "assistant",
                  "content", m && m->content ? m->content : "", "refusal", "logprobs",
                  "finish_reason", "stop", "usage", usage_json(m ? m->usage : NULL), "chatsphere",
                  "sources", sources_json(m ? m->sources : NULL, m ? m->n_sources : 0));
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    const char *copy = cs_strdup(a, text ? text : "{}");

    free(text);
    json_decref(json);
    *ret_len = strlen(copy);
    return copy;
}

static void chunk_head(struct cs_buf *out, const struct openai_head *h)
{
    cs_buf_addf(out,
                "data: {\"id\":\"%s\",\"object\":\"chat.completion.chunk\",\"created\":%lld,"
                "\"model\":",
                h->id, (long long)h->created);
    pbjson_put_string(out, h->model);
}

void openai_chunk(struct cs_buf *out, const struct openai_head *h, const char *delta,
                  const char *finish, const char *extra)
{
    chunk_head(out, h);
    cs_buf_addf(
        out, ",\"choices\":[{\"index\":0,\"delta\":%s,\"logprobs\":null,\"finish_reason\":", delta);
    if (finish)
        pbjson_put_string(out, finish);
    else
        cs_buf_adds(out, "null");
    cs_buf_addf(out, "}]%s%s%s}\n\n", h->include_usage ? ",\"usage\":null" : "", extra ? "," : "",
                extra ? extra : "");
}

void openai_usage_chunk(struct cs_buf *out, const struct openai_head *h, const Usage *u)
{
    json_t *usage = usage_json(u);
    char *text = json_dumps(usage, JSON_COMPACT);

    chunk_head(out, h);
    cs_buf_addf(out, ",\"choices\":[],\"usage\":%s}\n\n", text ? text : "{}");
    free(text);
    json_decref(usage);
}

json_t *openai_model(const Bot *bot)
{
    return json_pack("{s:s, s:s, s:I, s:s, s:s?}", "id", bot->id, "object", "model", "created",
                     (json_int_t)(bot->created_at / 1000), "owned_by", "chatsphere", "name",
                     bot->name);
}

static float half_to_float(const unsigned char *p)
{
    return cs_half_float((uint16_t)(p[0] | p[1] << 8));
}

static void add_base64(struct cs_buf *out, const unsigned char *halves, int dimensions)
{
    size_t n = (size_t)dimensions * sizeof(float);
    unsigned char *floats = malloc(n + 1);
    char *at = cs_buf_grow(out, (n + 2) / 3 * 4 + 1);

    if (!floats)
        abort();
    for (int i = 0; i < dimensions; i++) {
        float f = half_to_float(halves + 2 * i);
        memcpy(floats + sizeof(f) * (size_t)i, &f, sizeof(f));
    }
    out->len += (size_t)EVP_EncodeBlock((unsigned char *)at, floats, (int)n);
    free(floats);
}

void openai_embedding(struct cs_buf *out, size_t index, const unsigned char *halves, int dimensions,
                      bool base64)
{
    cs_buf_addf(out, "%s{\"object\":\"embedding\",\"index\":%zu,\"embedding\":", index ? "," : "",
                index);
    if (base64) {
        cs_buf_adds(out, "\"");
        add_base64(out, halves, dimensions);
        cs_buf_adds(out, "\"}");
        return;
    }
    for (int i = 0; i < dimensions; i++)
        cs_buf_addf(out, "%s%.8g", i ? "," : "[", (double)half_to_float(halves + 2 * i));
    cs_buf_adds(out, "]}");
}
