/* Plain text: paragraphs are what blank lines part; a form feed begins a page. */
#include "ingest/extract/source.h"

static bool is_blank(const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (line[i] != ' ' && (line[i] < '\t' || line[i] > '\r'))
            return false;
    return true;
}

const char *plain_rest(const struct source *s, struct emit *e, size_t from)
{
    struct text t = {0};
    const char *text = s->text;

    e->sourced = s->verbatim;
    for (size_t at = from, next; at < s->text_len && !e->full; at = next) {
        const char *nl = memchr(text + at, '\n', s->text_len - at);
        const char *feed = memchr(text + at, '\f', (nl ? (size_t)(nl - text) : s->text_len) - at);
        next = (nl ? (size_t)(nl - text) + 1 : s->text_len);
        if (feed)
            next = (size_t)(feed - text) + 1;
        if (is_blank(text + at, next - at))
            emit_block(e, BLOCK_PARAGRAPH, 0, 0, NULL, &t);
        else
            text_add(&t, text + at, next - at, at);
        if (feed) {
            emit_block(e, BLOCK_PARAGRAPH, 0, 0, NULL, &t);
            e->page += e->page > 0;
        }
    }
    emit_block(e, BLOCK_PARAGRAPH, 0, 0, NULL, &t);
    text_free(&t);
    return NULL;
}

const char *plain_read(const struct source *s, struct emit *e)
{
    e->page = memchr(s->text, '\f', s->text_len) ? 1 : 0;
    return plain_rest(s, e, 0);
}
