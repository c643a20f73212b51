/* Blocks of the outline are gathered into sections, and sections are cut into chunks. */
#include "ingest/chunk.h"

#include "base/utf8.h"
#include "ingest/outline.h"
#include "text/sentence.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { LEVELS = 6, PATH_MAX_BYTES = 500 };

struct span {
    size_t start, end;
};

struct chunker {
    struct outliner outliner;
    const char *text;
    struct chunk_sizes sizes;
    /* the one being put together */
    struct span now;
    int chars;
    bool open, only_headings;
    /* done, but what ends the section may join the two; they touch one another */
    struct span held[2];
    int n_held;
    /* of the section */
    char titles[LEVELS][OUTLINE_MAX_TITLE + 1];
    char path[PATH_MAX_BYTES + 1];
    size_t before; /* where its last chunk that was given began */
    bool follows;  /* there was one */
    /* given */
    struct cs_arena *arena;
    struct chunk *at;
    size_t n, room;
    const char *shown_path; /* path, in the arena; NULL: not needed yet */
};

struct chunk_sizes chunk_sizes(int size, int overlap)
{
    struct chunk_sizes s = {.target = size};

    s.max = s.target * 8 / 5;
    s.min = s.target / 5 < 200 ? s.target / 5 : 200;
    s.overlap = overlap < s.target / 2 ? overlap : s.target / 2;
    s.max -= s.overlap; /* which is added to each */
    return s;
}

static int chunk_chars(const struct chunker *c, size_t start, size_t end)
{
    return (int)cs_utf8_count(c->text + start, end - start);
}

/* ---- tokens ---- */

int chunk_tokens(const char *s, size_t len)
{
    size_t bytes = 0, words = 0, cjk = 0;
    bool in_word = false;

    for (size_t i = 0; i < len;) {
        const unsigned char *u = (const unsigned char *)s + i;
        size_t n = cs_utf8_head(s + i, len - i, 1);
        /* three bytes from U+2E80: CJK, kana, hangul; and the planes of four bytes from U+20000 */
        if ((u[0] == 0xe2 && u[1] >= 0xba) || (u[0] >= 0xe3 && u[0] <= 0xed) ||
            (u[0] == 0xf0 && u[1] >= 0xa0)) {
            cjk++;
            in_word = false;
        } else {
            bool space = u[0] <= ' ';
            words += !space && !in_word;
            in_word = !space;
            bytes += n;
        }
        i += n;
    }
    size_t by_bytes = (bytes + 3) / 4, by_words = (words * 4 + 2) / 3;
    return (int)((cjk + (by_bytes > by_words ? by_bytes : by_words)) * 11 + 9) / 10;
}

/* ---- giving ---- */

static bool is_space(char ch)
{
    return ch == ' ' || ch == '\n' || ch == '\t' || ch == '\f' || ch == '\v';
}

/* where whole sentences of the chunk before begin, at most `overlap` characters back */
static size_t overlap_start(const struct chunker *c, size_t start)
{
    size_t at = start;
    int left = c->sizes.overlap;

    for (size_t p = start; p > c->before + 1 && left > 0;) {
        p--;
        if (((unsigned char)c->text[p] & 0xc0) == 0x80)
            continue;
        left--;
        if (!is_space(c->text[p]) && cs_sentence_ends(c->text, start, p))
            at = p;
    }
    return at;
}

static struct chunk *room_for_one(struct chunker *c)
{
    if (c->n == c->room) {
        size_t room = c->room ? 2 * c->room : 256;
        struct chunk *at = CS_NEW(c->arena, struct chunk, room);
        if (c->n)
            memcpy(at, c->at, c->n * sizeof(*at));
        c->at = at;
        c->room = room;
    }
    return &c->at[c->n];
}

static void chunk_give(struct chunker *c, struct span s)
{
    struct chunk k = {.start = s.start, .end = s.end};

    if (c->follows && c->sizes.overlap > 0)
        k.start = overlap_start(c, s.start);
    c->before = s.start;
    c->follows = true;
    /* blank lines before and white space behind do not belong to a passage; its indent does */
    while (k.end > k.start && is_space(c->text[k.end - 1]))
        k.end--;
    for (size_t at = k.start; at < k.end && is_space(c->text[at]); at++)
        if (c->text[at] == '\n')
            k.start = at + 1;
    if (k.end <= k.start)
        return;
    if (!c->shown_path)
        c->shown_path = cs_strdup(c->arena, c->path);
    k.heading_path = c->shown_path;
    k.tokens = chunk_tokens(c->text + k.start, k.end - k.start);
    *room_for_one(c) = k;
    c->n++;
}

/* ---- putting blocks together ---- */

static void chunk_flush(struct chunker *c)
{
    if (!c->open)
        return;
    c->open = false;
    if (c->n_held == 2) {
        chunk_give(c, c->held[0]);
        c->held[0] = c->held[1];
        c->n_held = 1;
    }
    c->held[c->n_held++] = c->now;
}

static void chunk_append(struct chunker *c, size_t start, size_t end, int chars)
{
    if (!c->open) {
        c->open = true;
        c->now.start = start;
        c->chars = 0;
    }
    c->now.end = end;
    c->chars += chars;
    c->only_headings = false;
}

/* a rest that is too small joins the chunk before it, if that stays under the maximum */
static void section_ends(struct chunker *c)
{
    chunk_flush(c);
    if (c->n_held == 2) {
        struct span *last = &c->held[1], *before = &c->held[0];
        if (chunk_chars(c, last->start, last->end) < c->sizes.min &&
            chunk_chars(c, before->start, last->end) <= c->sizes.max) {
            before->end = last->end;
            c->n_held = 1;
        }
    }
    for (int i = 0; i < c->n_held; i++)
        chunk_give(c, c->held[i]);
    c->n_held = 0;
    c->follows = false;
}

/* how good it is to cut before `at`: 4 blank line, 3 line, 2 sentence, 1 word, 0 character */
static int cut_rank(const char *text, size_t len, size_t at)
{
    if (at >= 2 && text[at - 1] == '\n')
        return text[at - 2] == '\n' ? 4 : 3;
    bool inside = at < len && ((unsigned char)text[at] & 0xc0) == 0x80;
    if (at < len && !inside && !is_space(text[at]) && cs_sentence_ends(text, len, at))
        return 2;
    return text[at - 1] == ' ' || text[at - 1] == '\t';
}

/* the best place to cut in the second half of the first `room` characters from start */
static size_t cut_at(const struct chunker *c, size_t start, size_t end, int room)
{
    size_t last = start + cs_utf8_head(c->text + start, end - start, (size_t)room);
    size_t first = start + (last - start) / 2, best = last;
    int best_rank = 0;

    for (size_t at = last; at > first && best_rank < 4; at--) {
        int rank = cut_rank(c->text, end, at);
        if (rank > best_rank) {
            best = at;
            best_rank = rank;
        }
    }
    return best;
}

/* a block over the maximum, in pieces; the first may share a chunk that is still small */
static void add_large(struct chunker *c, size_t start, size_t end)
{
    if (c->open && c->chars >= c->sizes.min && !c->only_headings)
        chunk_flush(c);
    while (start < end) {
        size_t reach = start + cs_utf8_head(c->text + start, end - start, (size_t)c->sizes.max + 1);
        int left = chunk_chars(c, start, reach); /* more than that need not be counted */
        int used = c->open ? c->chars : 0;
        int room = c->sizes.target - used;
        if (room < c->sizes.min) {
            chunk_flush(c);
            room = c->sizes.target;
            used = 0;
        }
        size_t cut = left + used <= c->sizes.max ? end : cut_at(c, start, end, room);
        chunk_append(c, start, cut, chunk_chars(c, start, cut));
        if (cut < end)
            chunk_flush(c);
        start = cut;
    }
}

static void add_block(struct chunker *c, const struct block *b)
{
    int chars = chunk_chars(c, b->start, b->end);
    int sum = c->open ? c->chars + chars : chars;

    if (chars > c->sizes.max) {
        add_large(c, b->start, b->end);
        return;
    }
    bool small = c->open && (c->chars < c->sizes.min || c->only_headings);
    if (sum > c->sizes.target && !(small && sum <= c->sizes.max))
        chunk_flush(c);
    chunk_append(c, b->start, b->end, chars);
}

static void set_path(struct chunker *c, int level, const char *title)
{
    size_t n = 0;

    snprintf(c->titles[level - 1], sizeof(c->titles[0]), "%s", title ? title : "");
    for (int i = level; i < LEVELS; i++)
        c->titles[i][0] = '\0';
    for (int i = 0; i < level; i++) {
        size_t len = strlen(c->titles[i]), sep = n ? 3 : 0;
        if (len == 0 || n + sep + len > PATH_MAX_BYTES)
            continue;
        memcpy(c->path + n, " > ", sep);
        memcpy(c->path + n + sep, c->titles[i], len);
        n += sep + len;
    }
    c->path[n] = '\0';
    c->shown_path = NULL;
}

static void add_heading(struct chunker *c, const struct block *b)
{
    int chars = chunk_chars(c, b->start, b->end);
    bool joins = c->open && c->only_headings && c->chars + chars <= c->sizes.target;

    if (!joins)
        section_ends(c);
    set_path(c, b->level, b->title);
    if (chars > c->sizes.max) {
        add_large(c, b->start, b->end);
        return;
    }
    chunk_append(c, b->start, b->end, chars);
    c->only_headings = true;
}

struct chunker *chunker_new(struct cs_arena *a, const struct extracted *text,
                            struct chunk_sizes sizes)
{
    struct chunker *c = CS_NEW(a, struct chunker, 1);

    c->outliner = outliner(text);
    c->text = text->text;
    c->sizes = sizes;
    return c;
}

size_t chunk_next(struct chunker *c, struct cs_arena *a, struct chunk **ret)
{
    struct outline o;

    c->arena = a;
    c->at = NULL;
    c->n = c->room = 0;
    c->shown_path = NULL;
    while (c->n == 0 && outline_next(&c->outliner, a, &o))
        for (size_t i = 0; i < o.n; i++) {
            if (o.at[i].level)
                add_heading(c, &o.at[i]);
            else
                add_block(c, &o.at[i]);
        }
    if (c->n == 0)
        section_ends(c);
    *ret = c->at;
    return c->n;
}
