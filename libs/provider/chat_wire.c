/* What the formats of chat share: the address, the JSON of a request, and its messages. */
#include "provider/chat_wire.h"

#include "pbjson/pbjson.h"

#include <string.h>

const char *cs_chat_url(struct cs_arena *a, const struct cs_chat_wire *w, const char *base_url,
                        const struct cs_chat_request *q)
{
    static const char version[] = "/v1"; /* users write it where a format has it in its path */
    const char *path = w->path(a, q);
    size_t n = strlen(base_url), m = sizeof(version) - 1;

    if (n > m && strcmp(base_url + n - m, version) == 0 && strncmp(path, "/v1/", m + 1) == 0)
        path += m;
    return cs_printf(a, "%s%s", base_url, path);
}

const char *cs_chat_body(struct cs_arena *a, const struct cs_chat_wire *w,
                         const struct cs_chat_request *q, size_t *ret_len)
{
    CS_BUF_AUTO struct cs_buf b = {0};

    w->request(&b, q);
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

const char *cs_chat_system(const struct cs_chat_request *q)
{
    return q->n > 0 && strcmp(q->messages[0].role, "system") == 0 ? q->messages[0].text : NULL;
}

void cs_chat_put_messages(struct cs_buf *b, const struct cs_chat_request *q, cs_chat_put_fn *put)
{
    bool begun = false;

    for (size_t i = 0; i < q->n; i++) {
        const struct cs_chat_message *m = &q->messages[i];

        if (!*m->text || strcmp(m->role, "system") == 0 || (!begun && strcmp(m->role, "user") != 0))
            continue;
        if (begun)
            cs_buf_adds(b, ",");
        begun = true;
        put(b, m);
    }
}
