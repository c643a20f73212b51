/* Blocks are gathered into sections, and sections are cut into chunks. */
#include "ingest/chunk.h"

#include "base/grow.h"
#include "base/utf8.h"
#include "ingest/draft.h"
#include "text/sentence.h"

#include <string.h>

enum {
    LEVELS = BLOCK_MAX_LEVEL,
    TITLE_MAX = 200, /* bytes of one in the path */
    PATH_MAX_BYTES = 500,
    CHUNKS_ENOUGH = 64,
    INTRO_MAX = 300, /* characters of a line that introduces a list */
};

struct chunker {
    chunk_source *source;
    void *arg;
    struct chunk_sizes sizes;
    struct draft now;
    /* done, but what ends the section may join the two; they follow one another */
    struct draft held[2];
    int n_held;
    /* of the section */
    char titles[LEVELS][TITLE_MAX + 1];
    char path[PATH_MAX_BYTES + 1];
    struct draft before; /* the last chunk that was given, while another may overlap it */
    /* what goes along with what follows */
    struct cs_buf table, intro; /* the head of the table, and the line that introduced the list */
    bool in_list;
    /* given */
    struct cs_arena *arena;
    struct chunk *at;
    size_t n, room;
    const char *shown_path; /* path, in the arena; NULL: not needed yet */
    bool ended;
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

static bool sentence_ends(const char *text, size_t len, size_t at)
{
    return at > 0 && at < len && ((unsigned char)text[at] & 0xc0) != 0x80 && !is_space(text[at]) &&
           cs_sentence_ends(text, len, at);
}

/* where whole sentences at the end of a text begin, at most `overlap` characters back; its length: there are none */
static size_t overlap_start(const struct draft *d, int overlap)
{
    const char *text = d->text.data;
    size_t at = d->text.len;

    for (size_t p = at; p > d->body + 1 && overlap > 0;) {
        p--;
        if (((unsigned char)text[p] & 0xc0) == 0x80)
            continue;
        overlap--;
        if (sentence_ends(text, d->text.len, p))
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

/* the sentences of the chunk before that this one repeats, with what parts the two */
static size_t chunk_overlap(const struct chunker *c, const struct draft *d, struct cs_buf *text,
                            size_t *start)
{
    const struct draft *b = &c->before;
    size_t at, end = b->text.len;

    if (c->sizes.overlap <= 0 || b->text.len == 0 || d->body || !d->prose ||
        b->last != BLOCK_PARAGRAPH)
        return 0;
    at = overlap_start(b, c->sizes.overlap - (int)strlen(d->separator));
    if (*d->separator)
        while (end > at && is_space(b->text.data[end - 1]))
            end--;
    if (at >= end)
        return 0;
    cs_buf_add(text, b->text.data + at, end - at);
    cs_buf_adds(text, d->separator);
    *start = draft_source(b, at);
    return text->len;
}

static void chunk_give(struct chunker *c, struct draft *d)
{
    struct chunk k = {.start = d->start, .end = d->end, .page = d->page};
    struct cs_buf text = {0};
    size_t first = d->body ? 0 : strspn(d->text.data, " \n\t\f\v");

    k.body = chunk_overlap(c, d, &text, &k.start);
    if (d->body)
        k.body = d->body;
    else if (first && k.body == 0 && memchr(d->text.data, '\n', first) == NULL)
        first = 0; /* its indent belongs to it */
    cs_buf_add(&text, d->text.data + first, d->text.len - first);
    while (text.len > k.body && is_space(text.data[text.len - 1]))
        text.data[--text.len] = '\0';
    if (text.len > k.body) {
        if (!c->shown_path)
            c->shown_path = cs_strdup(c->arena, c->path);
        k.text = cs_strndup(c->arena, text.data, text.len);
        k.len = text.len;
        k.heading_path = c->shown_path;
        k.tokens = chunk_tokens(k.text, k.len);
        *room_for_one(c) = k;
        c->n++;
    }
    cs_buf_free(&text);
    draft_swap(&c->before, d);
    draft_clear(d);
}

/* ---- putting blocks together ---- */

static void chunk_flush(struct chunker *c)
{
    if (draft_empty(&c->now)) {
        draft_clear(&c->now);
        return;
    }
    if (c->n_held == 2) {
        chunk_give(c, &c->held[0]);
        draft_swap(&c->held[0], &c->held[1]);
        c->n_held = 1;
    }
    draft_swap(&c->held[c->n_held++], &c->now);
    draft_clear(&c->now);
}

/* a rest that is too small joins the chunk before it, if that stays under the maximum */
static void section_ends(struct chunker *c)
{
    chunk_flush(c);
    if (c->n_held == 2) {
        const struct draft *last = &c->held[1];
        int more = last->chars - (int)cs_utf8_count(last->text.data, last->body) +
                   (int)strlen(last->separator);
        if (last->chars < c->sizes.min && c->held[0].chars + more <= c->sizes.max) {
            draft_join(&c->held[0], last);
            draft_clear(&c->held[1]);
            c->n_held = 1;
        }
    }
    for (int i = 0; i < c->n_held; i++)
        chunk_give(c, &c->held[i]);
    c->n_held = 0;
    draft_clear(&c->before);
}

/* The text that goes along with a block at the beginning of a chunk; NULL: none. */
static const struct cs_buf *head_of(const struct chunker *c, const struct block *b, bool rest)
{
    if (b->kind == BLOCK_ROW && !(b->flags & BLOCK_HEAD) && c->table.len)
        return &c->table;
    if (b->kind == BLOCK_ITEM && (rest || !(b->flags & BLOCK_FIRST)) && c->intro.len)
        return &c->intro;
    return NULL;
}

static int head_chars(const struct chunker *c, const struct block *b)
{
    const struct cs_buf *head = head_of(c, b, true);

    return head ? (head->len ? (int)cs_utf8_count(head->data, head->len) : 0) + 1 : 0;
}

static const char *separator_of(const struct chunker *c, const struct piece *p)
{
    const struct block *b = p->block;
    bool joined = b->kind == BLOCK_ROW || b->kind == BLOCK_ITEM;

    if (p->from > 0 || (b->flags & BLOCK_GOES_ON))
        return b->kind == BLOCK_CODE ? "\n" : "";
    return joined && !(b->flags & BLOCK_FIRST) && (draft_empty(&c->now) || c->now.last == b->kind)
               ? "\n"
               : "\n\n";
}

static void chunk_append(struct chunker *c, const struct piece *p)
{
    const struct cs_buf *head;
    const char *separator = separator_of(c, p);

    if (draft_empty(&c->now)) {
        draft_clear(&c->now);
        if ((head = head_of(c, p->block, p->from > 0))) {
            draft_head(&c->now, head->data, head->len);
            draft_head(&c->now, "\n", 1);
        }
    }
    draft_add(&c->now, p, separator);
}

/* how good it is to cut before `at`: 4 blank line, 3 line, 2 sentence, 1 word, 0 character */
static int cut_rank(const char *text, size_t len, size_t at)
{
    if (at >= 2 && text[at - 1] == '\n')
        return text[at - 2] == '\n' ? 4 : 3;
    if (sentence_ends(text, len, at))
        return 2;
    return text[at - 1] == ' ' || text[at - 1] == '\t';
}

/* the best place to cut in the second half of the first `room` characters from where the piece begins */
static size_t cut_at(const struct piece *p, int room)
{
    const char *text = p->block->text;
    size_t last = p->from + cs_utf8_head(text + p->from, p->block->len - p->from, (size_t)room);
    size_t first = p->from + (last - p->from) / 2, best = last;
    int best_rank = 0;

    for (size_t at = last; at > first && best_rank < 4; at--) {
        int rank = cut_rank(text, p->block->len, at);
        if (rank > best_rank) {
            best = at;
            best_rank = rank;
        }
    }
    return best;
}

/* characters that a piece may have beside what every piece of the block is rendered with */
static int room_in(const struct chunker *c, const struct piece *p, int size)
{
    const struct piece nothing = {p->block, p->from, p->from, p->fence};
    int taken =
        piece_chars(&nothing) + (draft_empty(&c->now) ? head_chars(c, p->block) : c->now.chars + 2);

    return size - taken;
}

/* a block over the maximum, in pieces; the first may share a chunk that is still small */
static void add_large(struct chunker *c, const struct block *b)
{
    struct piece p = piece_of(b);

    if (!draft_empty(&c->now) && c->now.chars >= c->sizes.min && !c->now.only_headings)
        chunk_flush(c);
    while (p.from < b->len) {
        int room = room_in(c, &p, c->sizes.target);
        if (room < c->sizes.min && !draft_empty(&c->now)) {
            chunk_flush(c);
            room = room_in(c, &p, c->sizes.target);
        }
        room = room > c->sizes.min ? room : c->sizes.min;
        int most = room_in(c, &p, c->sizes.max);
        bool fits = cs_utf8_head(b->text + p.from, b->len - p.from,
                                 (size_t)(most > 0 ? most : 0)) == b->len - p.from;
        p.end = fits ? b->len : cut_at(&p, room);
        chunk_append(c, &p);
        if (p.end < b->len)
            chunk_flush(c);
        p.from = p.end;
    }
}

static void add_block(struct chunker *c, const struct block *b)
{
    const struct piece p = piece_of(b);
    int chars = piece_chars(&p);

    if (chars + head_chars(c, b) > c->sizes.max) {
        add_large(c, b);
        return;
    }
    const struct draft *d = &c->now;
    int sum = d->chars + chars + (draft_empty(d) ? 0 : 2);
    bool small = d->chars < c->sizes.min || d->only_headings;
    if (!draft_empty(d) && sum > c->sizes.target && !(small && sum <= c->sizes.max))
        chunk_flush(c);
    chunk_append(c, &p);
}

/* ---- heads ---- */

/* The last line of a paragraph that ends with a colon introduces the list that follows. */
static void keep_intro(struct chunker *c, const struct block *b)
{
    const char *line = memrchr(b->text, '\n', b->len);
    size_t from = line ? (size_t)(line - b->text) + 1 : 0, len = b->len - from;
    bool colon = (len >= 1 && b->text[b->len - 1] == ':') ||
                 (len >= 3 && memcmp(b->text + b->len - 3, "\uff1a", 3) == 0);

    cs_buf_clear(&c->intro);
    for (size_t at = b->len; colon && at > from + 2; at--) /* of a long line its last sentence */
        if (sentence_ends(b->text, b->len, at - 1)) {
            from = at - 1;
            break;
        }
    len = b->len - from;
    if (colon && (int)cs_utf8_count(b->text + from, len) <= INTRO_MAX &&
        (int)cs_utf8_count(b->text + from, len) <= c->sizes.target / 3)
        cs_buf_add(&c->intro, b->text + from, len);
}

/* As many columns as half a chunk has room for. */
static void keep_table(struct chunker *c, const struct block *b)
{
    size_t len = b->len, room = cs_utf8_head(b->text, b->len, (size_t)c->sizes.target / 2);

    cs_buf_clear(&c->table);
    if (len > room) {
        while (room > 0 && b->text[room - 1] != '|')
            room--;
        len = room;
    }
    cs_buf_add(&c->table, b->text, len);
}

/* before a block is added: what belonged to another table or list */
static void drop_heads(struct chunker *c, const struct block *b)
{
    if (b->kind != BLOCK_ROW || (b->flags & BLOCK_FIRST))
        cs_buf_clear(&c->table);
    if (b->kind != BLOCK_ITEM || (c->in_list && (b->flags & BLOCK_FIRST)))
        cs_buf_clear(&c->intro);
    c->in_list = b->kind == BLOCK_ITEM;
}

static void set_path(struct chunker *c, const struct block *b)
{
    size_t n = 0, len = cs_utf8_cut(b->text, b->len, TITLE_MAX);
    char *title = c->titles[b->level - 1];

    for (size_t i = 0; i < len; i++)
        title[i] = b->text[i] == '\n' ? ' ' : b->text[i];
    title[len] = '\0';
    for (int i = b->level; i < LEVELS; i++)
        c->titles[i][0] = '\0';
    for (int i = 0; i < b->level; i++) {
        size_t sep = n ? 3 : 0;
        len = strlen(c->titles[i]);
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
    const struct piece p = piece_of(b);
    int chars = piece_chars(&p);
    bool joins = !draft_empty(&c->now) && c->now.only_headings &&
                 c->now.chars + 2 + chars <= c->sizes.target;

    if (!joins)
        section_ends(c);
    set_path(c, b);
    if (chars > c->sizes.max)
        add_large(c, b);
    else
        chunk_append(c, &p);
}

struct chunker *chunker_new(struct chunk_sizes sizes, chunk_source *source, void *arg)
{
    struct chunker *c = zeroed(1, sizeof(*c));

    c->source = source;
    c->arg = arg;
    c->sizes = sizes;
    return c;
}

void chunker_free(struct chunker *c)
{
    if (!c)
        return;
    draft_free(&c->now);
    draft_free(&c->held[0]);
    draft_free(&c->held[1]);
    draft_free(&c->before);
    cs_buf_free(&c->table);
    cs_buf_free(&c->intro);
    free(c);
}

int chunk_next(struct chunker *c, struct cs_arena *a, struct chunk **ret, size_t *ret_n)
{
    struct block b;
    int r = 0;

    c->arena = a;
    c->at = NULL;
    c->n = c->room = 0;
    c->shown_path = NULL;
    while (c->n < CHUNKS_ENOUGH && !c->ended) {
        if ((r = c->source(c->arg, a, &b)) < 0)
            return r;
        if (r == 0) {
            c->ended = true;
            section_ends(c);
            break;
        }
        drop_heads(c, &b);
        if (b.kind == BLOCK_HEADING && !(b.flags & BLOCK_GOES_ON))
            add_heading(c, &b);
        else
            add_block(c, &b);
        /* what goes along with those that follow */
        if (b.kind == BLOCK_ROW && (b.flags & BLOCK_HEAD))
            keep_table(c, &b);
        else if (b.kind == BLOCK_PARAGRAPH)
            keep_intro(c, &b);
    }
    *ret = c->at;
    *ret_n = c->n;
    return 0;
}
