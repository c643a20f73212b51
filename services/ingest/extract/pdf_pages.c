/* Sizes tell headings, places tell headers and footers, and the ends of lines tell what was hyphenated. */
#include "ingest/extract/pdf.h"

#include "base/grow.h"
#include "base/utf8.h"
#include "ingest/pages.h"

#include <ctype.h>
#include <math.h>

enum {
    EDGE_LINES = 3,    /* at the top and at the bottom of a page */
    REPEATS = 3,       /* on so many pages an edge line is a header or footer */
    SIZES = 256,       /* half points */
    PICTURE_MAX = 20,  /* characters of a page that is one */
    HEADING_MAX = 200, /* characters */
    HEADING_LINES = 3,
};

/* ---- reading ---- */

static float pdf_attribute(const char *line, const char *name)
{
    const char *at = strstr(line, name);
    float f = at ? strtof(at + strlen(name), NULL) : 0;

    return isfinite(f) && f > -100000 && f < 100000 ? f : 0;
}

void pdf_line_add(struct pdf_pages *p, float left, float top, float right, float bottom)
{
    p->lines = grow(p->lines, &p->room, p->n + 1, sizeof(*p->lines));
    p->lines[p->n++] = (struct pdf_line){
        .at = (uint32_t)p->text.len,
        .block = p->block,
        .page = p->pages,
        .left = left,
        .right = right,
        .top = top,
        .bottom = bottom,
    };
    p->open = true;
}

/* ligatures are letters to a reader */
static void word_add(struct cs_buf *out, const char *s, size_t len)
{
    static const char *const ligatures[] = {"ff", "fi", "fl", "ffi", "ffl", "st", "st"};
    char seen[8];

    for (size_t i = 0; i < len;) {
        size_t entity = s[i] == '&' ? strcspn(s + i, ";") + 1 : 0;
        if (entity && i + entity <= len && text_entity(s + i, entity, seen)) {
            cs_buf_adds(out, seen);
            i += entity;
        } else if (len - i >= 3 && memcmp(s + i, "\xef\xac", 2) == 0 &&
                   (unsigned char)s[i + 2] <= 0x86 && (unsigned char)s[i + 2] >= 0x80) {
            cs_buf_adds(out, ligatures[(unsigned char)s[i + 2] - 0x80]);
            i += 3;
        } else {
            cs_buf_add(out, s + i++, 1);
        }
    }
}

/* Between two Chinese characters is no space. */
void pdf_word_add(struct pdf_pages *p, const char *s, size_t len)
{
    if (!p->open || len == 0)
        return;
    struct pdf_line *l = &p->lines[p->n - 1];
    size_t last = p->text.len;
    while (last > l->at && ((unsigned char)p->text.data[--last] & 0xc0) == 0x80)
        ;
    if (p->text.len > l->at &&
        !(text_wide(p->text.data + last, p->text.len - last) && text_wide(s, len)))
        cs_buf_add(&p->text, " ", 1);
    word_add(&p->text, s, len);
    l->len = (uint32_t)p->text.len - l->at;
}

/* What stands before the pages: <title>...</title>, and <meta name="Author" content="..."/>. */
static void about_read(struct pdf_pages *p, const char *line)
{
    static const struct {
        const char *begins, *ends, *property;
    } known[] = {
        {"<title>", "</title>", "title"},
        {"<meta name=\"Author\" content=\"", "\"/>", "author"},
        {"<meta name=\"Subject\" content=\"", "\"/>", "subject"},
        {"<meta name=\"Keywords\" content=\"", "\"/>", "keywords"},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        size_t n = strlen(known[i].begins);
        const char *end =
            strncmp(line, known[i].begins, n) == 0 ? strstr(line + n, known[i].ends) : NULL;
        if (!end || end == line + n)
            continue;
        cs_buf_add(&p->about, known[i].property, strlen(known[i].property) + 1);
        word_add(&p->about, line + n, (size_t)(end - line) - n);
        cs_buf_add(&p->about, "", 1);
    }
}

void pdf_pages_add(struct pdf_pages *p, const char *line)
{
    line += strspn(line, " ");
    if (p->pages == 0 && strncmp(line, "<page ", 6) != 0) {
        about_read(p, line);
    } else if (strncmp(line, "<word ", 6) == 0) {
        const char *from = strchr(line, '>'), *end = strstr(line, "</word>");
        if (from && end > from)
            pdf_word_add(p, from + 1, (size_t)(end - from) - 1);
    } else if (strncmp(line, "<line ", 6) == 0) {
        pdf_line_add(p, pdf_attribute(line, "xMin=\""), pdf_attribute(line, "yMin=\""),
                     pdf_attribute(line, "xMax=\""), pdf_attribute(line, "yMax=\""));
    } else if (strncmp(line, "<block ", 7) == 0) {
        p->block++;
        p->open = false;
    } else if (strncmp(line, "<page ", 6) == 0) {
        p->pages++;
        p->height = pdf_attribute(line, "height=\"");
        p->open = false;
    }
}

/* ---- headers and footers ---- */

/* the same for lines that differ in a number only */
static uint64_t line_hash(const struct pdf_pages *p, const struct pdf_line *l)
{
    uint64_t h = 1469598103934665603ULL;

    for (uint32_t i = 0; i < l->len; i++) {
        unsigned char c = (unsigned char)p->text.data[l->at + i];
        if (isdigit(c) || c == ' ')
            continue;
        h = (h ^ c) * 1099511628211ULL;
    }
    return h;
}

struct edge {
    uint64_t hash;
    uint32_t line;
    int page;
};

static int edge_order(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->page < y->page ? -1 : x->page > y->page;
}

/* the lines nearest to the top and to the bottom of the page whose lines these are */
static uint32_t page_edges(const struct pdf_pages *p, uint32_t from, uint32_t end, struct edge *ret)
{
    uint32_t n = 0, line;

    for (int side = 0; side < 2; side++)
        for (int k = 0; k < EDGE_LINES; k++) {
            line = end;
            for (uint32_t i = from; i < end; i++) {
                bool taken = false;
                for (uint32_t j = 0; j < n; j++)
                    taken = taken || ret[j].line == i;
                if (taken || p->lines[i].len == 0)
                    continue;
                bool nearer = line == end || (side ? p->lines[i].bottom > p->lines[line].bottom
                                                   : p->lines[i].top < p->lines[line].top);
                line = nearer ? i : line;
            }
            if (line < end)
                ret[n++] = (struct edge){line_hash(p, &p->lines[line]), line, p->lines[line].page};
        }
    return n;
}

static void mark_repeated(struct pdf_pages *p)
{
    struct edge *edges = zeroed((size_t)p->pages * 2 * EDGE_LINES + 2 * EDGE_LINES, sizeof(*edges));
    uint32_t n = 0, end;

    for (uint32_t from = 0; from < p->n; from = end) {
        for (end = from; end < p->n && p->lines[end].page == p->lines[from].page;)
            end++;
        n += page_edges(p, from, end, edges + n);
    }
    qsort(edges, n, sizeof(*edges), edge_order);
    for (uint32_t from = 0; from < n; from = end) {
        int pages = 0, last = 0;
        for (end = from; end < n && edges[end].hash == edges[from].hash; end++) {
            pages += edges[end].page != last;
            last = edges[end].page;
        }
        for (uint32_t i = from; i < end && pages >= REPEATS && pages * 4 >= p->pages; i++)
            p->lines[edges[i].line].repeated = true;
    }
    free(edges);
}

/* ---- sizes ---- */

static int size_of(const struct pdf_line *l)
{
    float half_points = (l->bottom - l->top) * 2;

    return half_points < 1 ? 0 : half_points > SIZES - 1 ? SIZES - 1 : (int)(half_points + 0.5f);
}

/* the level of lines of each size, 0 for the text itself: larger sizes in their order */
static void size_levels(const struct pdf_pages *p, int levels[SIZES])
{
    size_t seen[SIZES] = {0};
    int body = 0, level = 0, last = SIZES;

    for (uint32_t i = 0; i < p->n; i++)
        if (!p->lines[i].repeated)
            seen[size_of(&p->lines[i])] += p->lines[i].len;
    for (int i = 0; i < SIZES; i++)
        body = seen[i] > seen[body] ? i : body;
    memset(levels, 0, SIZES * sizeof(*levels));
    for (int i = SIZES - 1; i * 100 > body * 112 && i > body + 1; i--) {
        if (!seen[i])
            continue;
        if (last - i > 1 || level == 0) /* sizes that nobody can tell apart are one */
            level += level < BLOCK_MAX_LEVEL;
        last = i;
        levels[i] = level;
    }
}

/* ---- blocks ---- */

static bool is_bullet(const char *s, size_t len)
{
    static const char *const bullets[] = {"\u2022", "\u25aa", "\u25cf", "\u25e6", "\u2023",
                                          "\u00b7", "\uf0b7", "\u2013", "-"};

    for (size_t i = 0; i < sizeof(bullets) / sizeof(*bullets); i++) {
        size_t n = strlen(bullets[i]);
        if (len > n + 1 && memcmp(s, bullets[i], n) == 0 && s[n] == ' ')
            return true;
    }
    return false;
}

static void line_add(const struct pdf_pages *p, const struct pdf_line *l, struct text *t)
{
    const char *s = p->text.data + l->at;
    const struct cs_buf *b = &t->buf;
    uint32_t c;

    /* "exam-" and "ple" are one word; "well-" and "Known" are not */
    if (b->len >= 2 && b->data[b->len - 1] == '-' && isalpha((unsigned char)b->data[b->len - 2]) &&
        cs_utf8_next(s, l->len, &c) && (c > 0x7f || islower((int)c)))
        text_end(t, b->len - 1);
    else if (b->len)
        text_soft(t);
    text_words(t, s, l->len, NO_SOURCE);
}

/* how much of a block is set like a heading: one size that is a level, few lines, few characters */
static int block_level(const struct pdf_pages *p, uint32_t from, uint32_t end,
                       const int levels[SIZES])
{
    uint32_t chars = 0, lines = 0;
    int level = 0;

    for (uint32_t i = from; i < end; i++) {
        if (p->lines[i].repeated || p->lines[i].len == 0)
            continue;
        int of_line = levels[size_of(&p->lines[i])];
        if (of_line == 0 || (level && of_line != level))
            return 0;
        level = of_line;
        chars += p->lines[i].len;
        lines++;
    }
    return lines <= HEADING_LINES && chars <= HEADING_MAX ? level : 0;
}

static void block_emit(const struct pdf_pages *p, uint32_t from, uint32_t end, int level,
                       struct emit *e, bool *in_list)
{
    struct text t = {0};
    bool item = false;

    for (uint32_t i = from; i < end; i++) {
        const struct pdf_line *l = &p->lines[i];
        if (l->repeated || l->len == 0)
            continue;
        const char *s = p->text.data + l->at;
        if (is_bullet(s, l->len)) {
            emit_block(e, item ? BLOCK_ITEM : BLOCK_PARAGRAPH, 0,
                       item && !*in_list ? BLOCK_FIRST : 0, NULL, &t);
            *in_list = *in_list && item;
            item = true;
            size_t mark = strcspn(s, " ");
            text_adds(&t, "- ");
            text_words(&t, s + mark, l->len - mark, NO_SOURCE);
        } else {
            line_add(p, l, &t);
        }
    }
    if (item)
        emit_block(e, BLOCK_ITEM, 0, *in_list ? 0 : BLOCK_FIRST, NULL, &t);
    else
        emit_block(e, level ? BLOCK_HEADING : BLOCK_PARAGRAPH, level, 0, NULL, &t);
    *in_list = item;
    text_free(&t);
}

/* What the file says of itself, and how many pages it has. */
static void about_emit(const struct pdf_pages *p, struct emit *e)
{
    const char *value, *next;
    char pages[12];

    for (const char *at = p->about.data, *end = at + p->about.len; at < end; at = next) {
        value = at + strlen(at) + 1;
        next = value + strlen(value) + 1;
        emit_property(e, at, value, strlen(value));
    }
    snprintf(pages, sizeof(pages), "%d", p->pages);
    emit_property(e, "pages", pages, strlen(pages));
}

void pdf_pages_emit(struct pdf_pages *p, struct emit *e)
{
    int levels[SIZES];
    uint32_t end;
    bool in_list = false;

    about_emit(p, e);
    mark_repeated(p);
    size_levels(p, levels);
    for (uint32_t from = 0; from < p->n && !e->full; from = end) {
        int first = levels[size_of(&p->lines[from])];
        for (end = from;
             end < p->n && p->lines[end].block == p->lines[from].block &&
             (p->lines[end].len == 0 || (levels[size_of(&p->lines[end])] == 0) == (first == 0));)
            end++;
        if (end == from)
            end++;
        e->page = p->lines[from].page;
        block_emit(p, from, end, block_level(p, from, end, levels), e, &in_list);
    }
}

static size_t seen_characters(const char *s, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += s[i] != ' ' && ((unsigned char)s[i] & 0xc0) != 0x80;
    return n;
}

size_t pdf_pages_characters(const struct pdf_pages *p)
{
    return seen_characters(p->text.data, p->text.len);
}

bool pdf_pages_pictures(const struct pdf_pages *p, struct cs_buf *list)
{
    bool scan = pdf_pages_characters(p) < (size_t)p->pages * PICTURE_MAX;
    uint32_t line = 0;

    for (int page = 1; page <= p->pages; page++) {
        size_t n = 0;
        for (; line < p->n && p->lines[line].page == page; line++)
            n += seen_characters(p->text.data + p->lines[line].at, p->lines[line].len);
        if (n < (scan ? PICTURE_MAX : 1))
            pages_add(list, page);
    }
    return scan;
}

void pdf_pages_free(struct pdf_pages *p)
{
    cs_buf_free(&p->text);
    cs_buf_free(&p->about);
    free(p->lines);
    *p = (struct pdf_pages){0};
}
