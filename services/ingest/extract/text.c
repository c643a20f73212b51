/* Text is gathered with marks, and tidied once when it is whole. */
#include "ingest/extract/text.h"

#include "base/grow.h"
#include "base/utf8.h"

#include <ctype.h>
#include <libxml/HTMLparser.h>
#include <strings.h>

enum {
    DATA_MIN = 24,     /* bytes of a data: URI that is no word of a sentence on data: URIs */
    BASE64_MIN = 1024, /* of base64 without a data: URI */
};

/* Rows of the source are bytes of at most 32 MiB of text, so they fit 32 bits. */
static void text_mark(struct text *t, size_t source, size_t len)
{
    const struct block_mark *last = t->n_marks ? &t->marks[t->n_marks - 1] : NULL;

    if (!t->placed || source < t->start)
        t->start = source;
    if (!t->placed || source + len > t->end)
        t->end = source + len;
    t->placed = true;
    if (last && source == last->source + (t->buf.len - last->text))
        return;
    if (last && (source < last->source || t->n_marks > 16 * BLOCK_MAX_MARKS))
        return; /* order is kept, and memory is bounded */
    t->marks = grow(t->marks, &t->room, t->n_marks + 1, sizeof(*t->marks));
    t->marks[t->n_marks++] = (struct block_mark){(uint32_t)t->buf.len, (uint32_t)source};
}

void text_add(struct text *t, const char *s, size_t len, size_t source)
{
    if (len == 0)
        return;
    if (source != NO_SOURCE)
        text_mark(t, source, len);
    cs_buf_add(&t->buf, s, len);
    t->gap = t->soft = false;
}

void text_adds(struct text *t, const char *s)
{
    text_add(t, s, strlen(s), NO_SOURCE);
}

static bool is_white(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool at_line_start(const struct text *t)
{
    return t->buf.len == 0 || t->buf.data[t->buf.len - 1] == '\n';
}

/* from U+2E80 on, but for Hangul: scripts without blanks between words */
bool text_wide(const char *s, size_t len)
{
    uint32_t c;

    return cs_utf8_next(s, len, &c) && c >= 0x2e80 && !(c >= 0xac00 && c <= 0xd7af) && c != 0xfffd;
}

static bool ends_wide(const struct text *t)
{
    size_t at = t->buf.len;

    while (at > 0 && t->buf.len - at < CS_UTF8_MAX &&
           ((unsigned char)t->buf.data[--at] & 0xc0) == 0x80)
        ;
    return at < t->buf.len && text_wide(t->buf.data + at, t->buf.len - at);
}

void text_words(struct text *t, const char *s, size_t len, size_t source)
{
    for (size_t i = 0; i < len;) {
        size_t word = i;
        while (word < len && is_white(s[word]))
            word++;
        bool gap = t->gap || word > i;
        size_t end = word;
        while (end < len && !is_white(s[end]))
            end++;
        if (end == word) {
            t->gap = gap;
            return;
        }
        bool joined = t->soft && word == i && ends_wide(t) && text_wide(s + word, len - word);
        if (gap && !joined && !at_line_start(t) && t->buf.data[t->buf.len - 1] != ' ')
            cs_buf_add(&t->buf, " ", 1);
        t->soft = false;
        text_add(t, s + word, end - word, source == NO_SOURCE ? source : source + word);
        i = end;
    }
}

void text_soft(struct text *t)
{
    t->gap = t->soft = true;
}

void text_end(struct text *t, size_t len)
{
    if (len < t->buf.len)
        t->buf.data[t->buf.len = len] = '\0';
    while (t->n_marks && t->marks[t->n_marks - 1].text > len)
        t->n_marks--;
}

void text_newline(struct text *t)
{
    while (t->buf.len && t->buf.data[t->buf.len - 1] == ' ')
        t->buf.data[--t->buf.len] = '\0';
    t->gap = t->soft = false;
    if (!at_line_start(t))
        cs_buf_add(&t->buf, "\n", 1);
}

/* the number of marks that are not behind byte `at` */
static size_t marks_before(const struct text *t, size_t at)
{
    size_t low = 0, high = t->n_marks;

    while (low < high) {
        size_t mid = (low + high) / 2;
        if (t->marks[mid].text <= at)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

size_t text_source(const struct text *t, size_t at)
{
    size_t n = marks_before(t, at);
    size_t source = n ? t->marks[n - 1].source + (at - t->marks[n - 1].text) : t->start;
    size_t most = n < t->n_marks ? t->marks[n].source
                                 : t->end; /* what stands in between is not of the source */

    return source < most ? source : most;
}

void text_copy(struct text *to, const struct text *t, size_t from, size_t end)
{
    size_t mark = marks_before(t, from), last = to->placed ? to->end : 0;

    last = t->end > last ? t->end : last;
    while (from < end) {
        size_t stop = mark < t->n_marks && t->marks[mark].text < end ? t->marks[mark].text : end;
        text_add(to, t->buf.data + from, stop - from, t->placed ? text_source(t, from) : NO_SOURCE);
        from = stop;
        mark++;
    }
    if (to->placed && to->end > last)
        to->end = last; /* what stands for a malformed byte is longer than it */
}

void text_clear(struct text *t)
{
    cs_buf_clear(&t->buf);
    t->n_marks = 0;
    t->placed = t->gap = t->soft = false;
    t->start = t->end = 0;
}

void text_free(struct text *t)
{
    cs_buf_free(&t->buf);
    free(t->marks);
    *t = (struct text){0};
}

/* ---- what no reader sees ---- */

static size_t base64_run(const char *s, size_t len, bool *ret_mixed)
{
    size_t n = 0;
    unsigned seen = 0;

    for (; n < len; n++) {
        unsigned char c = (unsigned char)s[n];
        if (isupper(c))
            seen |= 1;
        else if (islower(c))
            seen |= 2;
        else if (isdigit(c))
            seen |= 4;
        else if (c != '+' && c != '/' && c != '=' && c != '-' && c != '_')
            break;
    }
    *ret_mixed = seen == 7;
    return n;
}

/* the length of a data: URI at s, or 0 */
static size_t data_uri(const char *s, size_t len)
{
    size_t n = 5;

    if (len < DATA_MIN || strncasecmp(s, "data:", 5) != 0)
        return 0;
    while (n < len && n < 200 && (isalnum((unsigned char)s[n]) || strchr("/.+-;=_\"", s[n])) &&
           s[n])
        n++;
    if (n >= len || s[n] != ',' || !memchr(s, '/', n))
        return 0;
    bool base64 = n >= 7 && strncasecmp(s + n - 7, ";base64", 7) == 0;
    for (n++; n < len && !strchr(" \t\n\r\"'<>()`|\\", s[n]);)
        n++;
    /* base64 may be folded into lines */
    for (bool mixed; base64 && n < len && s[n] == '\n';) {
        size_t line = base64_run(s + n + 1, len - n - 1, &mixed);
        if (line < 60)
            break;
        n += 1 + line;
    }
    return n >= DATA_MIN ? n : 0;
}

/* bytes at s that are left out, and what stands for them; 0: what stands there is kept */
static size_t unseen_len(const char *s, size_t len, bool word_start, const char **ret)
{
    unsigned char c = (unsigned char)s[0];
    size_t n;
    bool mixed;

    *ret = "";
    if (c >= 0x80) {
        n = cs_utf8_next(s, len, NULL);
        if (n == 0) {
            *ret = "\xef\xbf\xbd";
            return 1;
        }
        if (n == 2 && memcmp(s, "\xc2\xa0", 2) == 0)
            *ret = " "; /* no-break space */
        else if (n == 3 && (memcmp(s, "\xe2\x80\xa8", 3) == 0 || memcmp(s, "\xe2\x80\xa9", 3) == 0))
            *ret = "\n"; /* line and paragraph separator */
        else if (!(n == 2 &&
                   (memcmp(s, "\xc2\xad", 2) == 0 || (c == 0xc2 && (unsigned char)s[1] < 0xa0))) &&
                 !(n == 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0))
            return 0;
        return n;
    }
    if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f)
        return 1;
    if (!word_start)
        return 0;
    if ((c == 'd' || c == 'D') && (n = data_uri(s, len)))
        return n;
    if (isalnum(c) && len >= BASE64_MIN && (n = base64_run(s, len, &mixed)) >= BASE64_MIN && mixed)
        return n;
    return 0;
}

static void text_become(struct text *t, const struct text *other)
{
    struct text old = *t;

    *t = *other;
    text_free(&old);
}

static void text_trim(struct text *t, bool indent)
{
    size_t end = t->buf.len, start = 0;

    while (end > 0 && is_white(t->buf.data[end - 1]))
        end--;
    for (size_t i = 0; i < end && is_white(t->buf.data[i]); i++)
        if (!indent || t->buf.data[i] == '\n')
            start = i + 1;
    if (start == 0 && end == t->buf.len)
        return;
    struct text out = {0};
    text_copy(&out, t, start, end);
    text_become(t, &out);
}

void text_tidy(struct text *t, bool indent)
{
    struct text out = {0};
    size_t run = 0;
    bool word_start = true;
    const char *instead;

    for (size_t i = 0; i < t->buf.len;) {
        const char *s = t->buf.data + i;
        size_t n = unseen_len(s, t->buf.len - i, word_start, &instead);
        if (n) {
            text_copy(&out, t, run, i);
            text_adds(&out, instead);
            i += n;
            run = i;
            word_start = word_start || *instead == ' ' || *instead == '\n';
        } else {
            word_start = (unsigned char)*s < 0x80 && !isalnum((unsigned char)*s);
            i += (unsigned char)*s < 0x80 ? 1 : cs_utf8_next(s, t->buf.len - i, NULL);
        }
    }
    if (run > 0) {
        text_copy(&out, t, run, t->buf.len);
        text_become(t, &out);
    }
    text_trim(t, indent);
}

/* ---- character references ---- */

static bool entity_number(const char *s, size_t len, uint32_t *ret)
{
    bool hex = len > 1 && (s[0] == 'x' || s[0] == 'X');
    uint32_t c = 0;

    if (len == (size_t)hex)
        return false;
    for (size_t i = hex; i < len; i++) {
        if (!(hex ? isxdigit((unsigned char)s[i]) : isdigit((unsigned char)s[i])) || c > 0x10ffff)
            return false;
        c = c * (hex ? 16 : 10) +
            (uint32_t)(isdigit((unsigned char)s[i]) ? s[i] - '0' : (s[i] | 0x20) - 'a' + 10);
    }
    *ret = c;
    return c > 0 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

bool text_entity(const char *s, size_t len, char out[8])
{
    char name[16];
    uint32_t c;

    if (len < 3 || len > sizeof(name) || s[0] != '&' || s[len - 1] != ';')
        return false;
    memcpy(name, s + 1, len - 2);
    name[len - 2] = '\0';
    if (name[0] == '#') {
        if (!entity_number(name + 1, len - 3, &c))
            return false;
    } else if (strcmp(name, "apos") == 0) {
        c = '\'';
    } else {
        const htmlEntityDesc *e = htmlEntityLookup((const xmlChar *)name);
        if (!e)
            return false;
        c = e->value;
    }
    out[cs_utf8_put(out, c)] = '\0';
    return true;
}
