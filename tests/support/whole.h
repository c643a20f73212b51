#pragma once
/* whole: what holds for the chunks of every document: nothing is lost, every size and offset is in bounds. */
#include "blocks.h"

#include "base/utf8.h"

/* Adds a text without white space, number signs and back-ticks: what is the same in blocks and chunks. */
static inline void whole_add(struct cs_buf *b, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr(" \t\n\f\v\r#`", s[i]))
            cs_buf_add(b, s + i, 1);
}

/* Whether `out` is `in`, but for the languages of code, which stand at the fences of each piece. */
static inline bool whole_same(const struct cs_buf *in, const struct cs_buf *out, bool languages)
{
    size_t at = 0;

    for (size_t i = 0; i < out->len && at < in->len; i++)
        at += in->data[at] == out->data[i];
    return at == in->len && (languages || in->len == out->len);
}

/* NULL, or what does not hold. Of chunks that do not overlap. */
static inline const char *whole_fault(struct cs_arena *a, const struct blocks *blocks,
                                      struct chunk_sizes sizes)
{
    CS_BUF_AUTO struct cs_buf in = {0};
    CS_BUF_AUTO struct cs_buf out = {0};
    struct chunk *k, *again;
    size_t n = chunks_of(a, blocks, sizes, &k), last = 0;
    bool languages = false;

    if (chunks_of(a, blocks, sizes, &again) != n)
        return "another number of chunks the second time";
    for (size_t i = 0; i < blocks->n; i++) {
        const struct block *b = &blocks->at[i];
        if (b->kind == 0)
            continue;
        if (b->start > b->end || b->start < last)
            return "blocks are not in the order of the source";
        last = b->start;
        languages = languages || *b->info;
        whole_add(&in, b->text, b->len);
    }
    for (size_t i = 0; i < n; i++) {
        if (k[i].len <= k[i].body || k[i].start > k[i].end)
            return "an empty chunk";
        if (strcmp(k[i].text, again[i].text) != 0 || k[i].start != again[i].start)
            return "another chunk the second time";
        if (cs_utf8_check(k[i].text, k[i].len) != k[i].len || strlen(k[i].text) != k[i].len)
            return "a chunk that is no valid text";
        if ((int)cs_utf8_count(k[i].text, k[i].len) > sizes.max + sizes.overlap)
            return "a chunk over the maximum";
        if (cs_utf8_check(k[i].heading_path, strlen(k[i].heading_path)) !=
            strlen(k[i].heading_path))
            return "a heading path that is no valid text";
        if (k[i].tokens <= 0)
            return "a chunk without tokens";
        whole_add(&out, k[i].text + k[i].body, k[i].len - k[i].body);
    }
    if (sizes.overlap == 0 && !whole_same(&in, &out, languages))
        return "text that was lost, added or moved";
    return NULL;
}
