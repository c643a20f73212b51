/* The handler that gives a conversation as a file. Each part is cut from the whole file, which is made anew. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "chat/chat.h"
#include "chat/conversation.h"
#include "chat/store_conversation.h"
#include "chatsphere/v1/chat.rpc.h"
#include "crypto/crypto.h"
#include "pbjson/pbjson.h"

#include <string.h>

enum { PART_BYTES = 480 * 1024, FILE_BYTES = 10 << 20, PAGE = 100 };

/* All messages, oldest first. */
static int export_messages(struct cs_call *call, const struct store_who *who, const char *id,
                           ConversationExport *ret)
{
    struct cs_page page = {.n = PAGE};
    struct store_message *rows;
    size_t n = PAGE, cap = 0, bytes = 0;

    while (n == PAGE) {
        int r = store_messages(call, id, who, &page, &rows, &n);
        if (r != 0)
            return r;
        if (ret->n_messages + n > cap) {
            Message **more = CS_NEW(call->arena, Message *, cap = 2 * cap + PAGE);
            if (ret->n_messages)
                memcpy(more, ret->messages, ret->n_messages * sizeof(*more));
            ret->messages = more;
        }
        for (size_t i = 0; i < n; i++) {
            ret->messages[ret->n_messages++] = rows[i].message;
            bytes += protobuf_c_message_get_packed_size(&rows[i].message->base);
            page.ms = rows[i].ord;
        }
        if (bytes > FILE_BYTES)
            return cs_fail(call, CS_UNPROCESSABLE,
                           "The conversation is too long for one file: it has more than %d MiB. "
                           "Read its messages page by page.",
                           FILE_BYTES >> 20);
    }
    return 0;
}

static void markdown_message(struct cs_buf *b, const Message *m)
{
    char at[CS_RFC3339_SIZE];

    cs_rfc3339(at, m->created_at);
    cs_buf_addf(b, "\n## %s, %s\n\n%s\n", m->role == MESSAGE_ROLE_USER ? "User" : "Assistant", at,
                m->content ? m->content : "");
    for (size_t i = 0; i < m->n_sources; i++) {
        const Source *s = m->sources[i];
        cs_buf_addf(b, "%s- [%d] %s%s%s\n", i ? "" : "\n", s->index,
                    s->document_name ? s->document_name : "", s->heading_path ? ", " : "",
                    s->heading_path ? s->heading_path : "");
    }
    if (m->error)
        cs_buf_addf(b, "\n> %s\n", m->error);
}

static void export_markdown(struct cs_buf *b, const ConversationExport *e)
{
    const Conversation *c = e->conversation;
    char at[CS_RFC3339_SIZE];

    cs_rfc3339(at, c->created_at);
    cs_buf_addf(b, "# %s\n\nConversation %s, %s\n", c->title ? c->title : "Conversation", c->id,
                at);
    if (c->summary)
        cs_buf_addf(b, "\n%s\n", c->summary);
    for (size_t i = 0; i < e->n_messages; i++)
        markdown_message(b, e->messages[i]);
}

/* A part of the file, with the numbers of the whole. */
static int export_part(struct cs_call *call, const ExportConversationRequest *req, const char *text,
                       size_t len, Content *rep)
{
    size_t parts = len ? (len + PART_BYTES - 1) / PART_BYTES : 1, from;
    char hex[CS_SHA256_HEX];

    cs_sha256_hex(hex, text, len);
    if (req->part < 0 || (size_t)req->part >= parts)
        return cs_fail(call, CS_NOT_FOUND, "The part does not exist.");
    if (req->sha256 && strcmp(req->sha256, hex) != 0)
        return cs_fail(call, CS_CONFLICT, "The conversation has changed meanwhile.");
    from = (size_t)req->part * PART_BYTES;
    rep->has_data = true;
    rep->data.data = (uint8_t *)(uintptr_t)text + from;
    rep->data.len = len - from < PART_BYTES ? len - from : PART_BYTES;
    Content_set_parts(rep, (int32_t)parts);
    Content_set_bytes(rep, (int64_t)len);
    rep->sha256 = cs_strdup(call->arena, hex);
    return 0;
}

CS_HANDLER(Chat, export_conversation, ExportConversationRequest, Content)
{
    bool markdown = req->format && strcmp(req->format, "markdown") == 0;
    struct store_who who = conversation_who(call);
    ConversationExport e = CONVERSATION_EXPORT_INIT;
    CS_BUF_AUTO struct cs_buf b = {0};
    const char *text;
    size_t len;
    int r = cs_need_caller(call);

    if (r < 0)
        return r;
    r = cs_id_valid(req->conversation_id)
            ? store_conversation(call, &who, req->conversation_id, NULL, &e.conversation)
            : STORE_NONE;
    if (r == 0)
        r = export_messages(call, &who, req->conversation_id, &e);
    if (r != 0)
        return r == STORE_NONE ? chat_no_conversation(call) : r;
    if (markdown) {
        export_markdown(&b, &e);
        len = b.len;
        text = cs_strndup(call->arena, b.data, b.len);
    } else {
        text = pbjson_text(call->arena, &e.base, &len);
    }
    rep->mime = (char *)(markdown ? "text/markdown; charset=utf-8" : "application/json");
    rep->name =
        cs_printf(call->arena, "conversation-%s.%s", e.conversation->id, markdown ? "md" : "json");
    return export_part(call, req, text, len, rep);
}
