/* What the formats of chat share: the address, the JSON of a request, and its messages. */
#include "provider/chat_wire.h"

#include "pbjson/pbjson.h"
#include "provider/gemini.h"
#include "provider/json.h"

#include <string.h>

static const char AZURE_VERSION[] = "?api-version=2024-10-21";

/* Users write the version of an API where a format has it in its path. */
static const char *address_of(struct cs_arena *a, const char *base_url, const char *path)
{
    static const char version[] = "/v1";
    size_t n = strlen(base_url), m = sizeof(version) - 1;

    if (n > m && strcmp(base_url + n - m, version) == 0 && strncmp(path, "/v1/", m + 1) == 0)
        path += m;
    /* an address with a deployment in it is of the interface that wants a version */
    const char *version_query = strstr(base_url, "/openai/deployments/") ? AZURE_VERSION : "";
    return cs_printf(a, "%s%s%s", base_url, path, version_query);
}

const char *cs_chat_url(struct cs_arena *a, const struct cs_chat_wire *w, const char *base_url,
                        const struct cs_chat_request *q)
{
    return address_of(a, base_url, w->path(a, q));
}

const char *cs_chat_models_url(struct cs_arena *a, const struct cs_chat_wire *w,
                               const char *base_url)
{
    return address_of(a, base_url, w->models);
}

char **cs_chat_models(struct cs_arena *a, const struct cs_chat_wire *w, const char *body,
                      size_t len, size_t *ret_n)
{
    enum { TREE = 8 << 20 };
    json_t *root = cs_provider_json(body, len, TREE), *list = json_object_get(root, w->list);
    size_t n = json_array_size(list) < CS_CHAT_MODELS ? json_array_size(list) : CS_CHAT_MODELS;
    char **names = json_is_array(list) ? CS_NEW(a, char *, n + 1) : NULL;

    *ret_n = 0;
    for (size_t i = 0; i < n; i++) {
        const char *name =
            json_string_value(json_object_get(json_array_get(list, i), w->list_name));
        if (name && strlen(name) <= CS_CHAT_MODEL_NAME)
            names[(*ret_n)++] = cs_strdup(a, cs_gemini_model(name));
    }
    json_decref(root);
    return names;
}

/* The messages with what the system says in front of the first question. */
static const struct cs_chat_message *messages_without_system(struct cs_arena *a,
                                                             const struct cs_chat_request *q)
{
    const char *orders = cs_chat_system(q);
    struct cs_chat_message *messages = CS_NEW(a, struct cs_chat_message, q->n);

    memcpy(messages, q->messages + 1, (q->n - 1) * sizeof(*messages));
    for (size_t i = 0; i + 1 < q->n && orders; i++) {
        if (strcmp(messages[i].role, "user") != 0)
            continue;
        messages[i].text = cs_printf(a, "%s\n\n%s", orders, messages[i].text);
        orders = NULL;
    }
    return messages;
}

const char *cs_chat_body(struct cs_arena *a, const struct cs_chat_wire *w,
                         const struct cs_chat_request *q, size_t *ret_len)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    struct cs_chat_request whole = *q;

    if ((q->without & CS_CHAT_SYSTEM) && cs_chat_system(q)) {
        whole.messages = messages_without_system(a, q);
        whole.n--;
    }
    w->request(&b, &whole);
    *ret_len = b.len;
    return cs_memdup(a, b.data, b.len + 1);
}

void cs_chat_put(struct cs_buf *b, const char *name, const char *text)
{
    cs_buf_addf(b, "\"%s\":", name);
    pbjson_put_string(b, text);
}

void cs_chat_put_message(struct cs_buf *b, const struct cs_chat_message *m)
{
    cs_buf_adds(b, "{");
    cs_chat_put(b, "role", m->role);
    cs_buf_adds(b, ",");
    cs_chat_put(b, "content", m->text);
    cs_buf_adds(b, "}");
}

void cs_chat_put_functions(struct cs_buf *b, const struct cs_chat_request *q, const char *before,
                           const char *schema, const char *after)
{
    for (size_t i = 0; i < q->n_tools; i++) {
        const struct cs_chat_tool *t = &q->tools[i];

        cs_buf_adds(b, i ? "," : "");
        cs_buf_addf(b, "%s{", before);
        cs_chat_put(b, "name", t->name);
        if (t->description) {
            cs_buf_adds(b, ",");
            cs_chat_put(b, "description", t->description);
        }
        cs_buf_addf(b, ",\"%s\":%s}%s", schema, t->parameters, after);
    }
}

void cs_chat_put_tools(struct cs_buf *b, const struct cs_chat_request *q)
{
    cs_buf_adds(b, "\"tools\":[");
    cs_chat_put_functions(b, q, "{\"type\":\"function\",\"function\":", "parameters", "}");
    cs_buf_adds(b, "]");
}

const char *cs_chat_arguments(const struct cs_chat_call *call)
{
    return call->malformed ? "{}" : call->arguments;
}

const char *cs_chat_system(const struct cs_chat_request *q)
{
    return q->n > 0 && strcmp(q->messages[0].role, "system") == 0 ? q->messages[0].text : NULL;
}

static bool message_is_result(const struct cs_chat_message *m)
{
    return strcmp(m->role, "tool") == 0;
}

/* Messages from `from` on that go together. */
static size_t messages_run(const struct cs_chat_request *q, size_t from)
{
    size_t n = 1;

    while (message_is_result(&q->messages[from]) && from + n < q->n &&
           message_is_result(&q->messages[from + n]))
        n++;
    return n;
}

void cs_chat_put_all(struct cs_buf *b, const struct cs_chat_request *q, cs_chat_put_fn *put)
{
    for (size_t i = 0, n; i < q->n; i += n) {
        n = messages_run(q, i);
        cs_buf_adds(b, i ? "," : "");
        put(b, &q->messages[i], n);
    }
}

void cs_chat_put_messages(struct cs_buf *b, const struct cs_chat_request *q, cs_chat_put_fn *put)
{
    bool begun = false;

    for (size_t i = 0, n; i < q->n; i += n) {
        const struct cs_chat_message *m = &q->messages[i];
        bool empty = !*m->text && m->n_calls == 0 && !message_is_result(m);

        n = messages_run(q, i);
        if (empty || strcmp(m->role, "system") == 0 || (!begun && strcmp(m->role, "user") != 0))
            continue;
        if (begun)
            cs_buf_adds(b, ",");
        begun = true;
        put(b, m, n);
    }
}
