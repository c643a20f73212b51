/* The fields of an item, and matches counted in characters. */
#include "retrieve/item.h"

#include "base/utf8.h"

#include <string.h>

static void item_matches(struct cs_arena *a, const struct snapshot *s,
                         const struct snapshot_document *d, const struct lexical_query *words,
                         Hit *hit)
{
    struct lexical_match at[ITEM_MATCHES];
    size_t n = lexical_matches(s->lexical, words, d->language, hit->text, at, ITEM_MATCHES);
    size_t bytes = 0, characters = 0; /* up to which the text is counted */

    hit->matches = CS_NEW(a, Json *, n);
    for (size_t i = 0; i < n; i++) {
        size_t start = characters + cs_utf8_count(hit->text + bytes, at[i].start - bytes);

        characters = start + cs_utf8_count(hit->text + at[i].start, at[i].end - at[i].start);
        bytes = at[i].end;
        hit->matches[i] = Json_new(a);
        hit->matches[i]->text = cs_printf(a, "[%zu,%zu]", start, characters);
    }
    hit->n_matches = n;
}

Hit *item_of(struct cs_arena *a, const struct snapshot *s, const struct ranked *r,
             const struct store_passage *p, const struct lexical_query *words)
{
    const struct snapshot_row *row = &s->rows[r->row];
    const struct snapshot_document *d = &s->documents[row->document];
    Hit *hit = Hit_new(a);

    hit->document_id = cs_strdup(a, d->id);
    hit->document_name = cs_strdup(a, d->name);
    hit->document_url = p->url;
    Hit_set_chunk(hit, (int32_t)row->ord);
    Hit_set_score(hit, (double)r->score);
    hit->scores = Scores_new(a);
    if (r->words.rank)
        Scores_set_lexical(hit->scores, (double)r->words.score);
    if (r->vector.rank)
        Scores_set_vector(hit->scores, (double)r->vector.score);
    hit->text = p->body;
    hit->heading_path = p->heading_path;
    if (p->has_page)
        Hit_set_page(hit, p->page);
    if (words)
        item_matches(a, s, d, words, hit);
    return hit;
}
