/* A search hit as a source: number, document, headings, and its text cut to a size. */
#include "chat/source.h"

#include "base/utf8.h"

void sources_from(struct cs_arena *a, const SearchReply *found, SourcesFrame *ret)
{
    size_t max = SOURCE_BYTES;

    if (found->n_items * max > SOURCES_BYTES)
        max = SOURCES_BYTES / found->n_items;
    ret->n_items = found->n_items;
    ret->items = CS_NEW(a, Source *, found->n_items);
    for (size_t i = 0; i < found->n_items; i++) {
        const Hit *hit = found->items[i];
        Source *s = ret->items[i] = Source_new(a);

        Source_set_index(s, (int)i + 1);
        s->document_id = hit->document_id;
        s->document_name = hit->document_name;
        s->document_url = hit->document_url;
        if (hit->has_chunk)
            Source_set_chunk(s, hit->chunk);
        s->heading_path = hit->heading_path;
        if (hit->has_page)
            Source_set_page(s, hit->page);
        if (hit->has_score)
            Source_set_score(s, hit->score);
        if (hit->text)
            s->text = cs_strndup(a, hit->text, cs_utf8_cut(hit->text, strlen(hit->text), max));
    }
}
