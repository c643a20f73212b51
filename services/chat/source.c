#include "chat/source.h"

#include "base/utf8.h"

static Source *source_from(struct cs_arena *a, const Hit *hit, int index, size_t max)
{
    Source *s = Source_new(a);

    s->has_index = 1;
    s->index = index;
    s->document_id = hit->document_id;
    s->document_name = hit->document_name;
    s->has_chunk = hit->has_chunk;
    s->chunk = hit->chunk;
    s->heading_path = hit->heading_path;
    s->has_page = hit->has_page;
    s->page = hit->page;
    s->has_score = hit->has_score;
    s->score = hit->score;
    if (hit->text)
        s->text = cs_strndup(a, hit->text, cs_utf8_cut(hit->text, strlen(hit->text), max));
    return s;
}

void sources_from(struct cs_arena *a, const SearchReply *found, SourcesFrame *ret)
{
    size_t max = SOURCE_BYTES;

    if (found->n_items * max > SOURCES_BYTES)
        max = SOURCES_BYTES / found->n_items;
    ret->n_items = found->n_items;
    ret->items = CS_NEW(a, Source *, found->n_items);
    for (size_t i = 0; i < found->n_items; i++)
        ret->items[i] = source_from(a, found->items[i], (int)i + 1, max);
}
