/*
 * RTF: control words and groups, of which the text is what stands outside of tables of fonts and colours, pictures, notes
 * to the program and the like. Text has a code page or Unicode numbers; paragraphs with an outline level are headings.
 */
#include "ingest/extract/source.h"

#include "ingest/extract/flow.h"

#include "base/utf8.h"

#include <ctype.h>
#include <iconv.h>

enum { GROUPS = 200, WORD_MAX = 32 };

struct group {
    bool muted;
    int skip; /* characters that stand for one Unicode number */
};

struct rtf {
    struct flow flow;
    struct group groups[GROUPS];
    int depth, deeper; /* deeper: of groups beyond the table */
    int to_skip;       /* of those characters, still to come */
    iconv_t code_page;
    char held; /* the first byte of a character of two */
    int high;  /* surrogate */
    int level; /* of the paragraph; 0: no heading */
    bool in_table, table_before, ignorable;
};

static struct group *group_now(struct rtf *r)
{
    return &r->groups[r->depth];
}

static void rtf_utf8(struct rtf *r, const char *s, size_t len, size_t at)
{
    if (!group_now(r)->muted)
        text_words(&r->flow.block, s, len, at);
}

/* one byte of the code page */
static void rtf_byte(struct rtf *r, char c, size_t at)
{
    char in[2] = {r->held, c}, out[8], *from = r->held ? in : in + 1, *to = out;
    size_t left = r->held ? 2 : 1, room = sizeof(out);

    if (r->to_skip > 0) {
        r->to_skip--;
        return;
    }
    if (!r->held && (unsigned char)c < 0x80) {
        rtf_utf8(r, &c, 1, at);
        return;
    }
    bool cut = iconv(r->code_page, &from, &left, &to, &room) == (size_t)-1;
    if (cut && !r->held) {
        r->held = c;
        return;
    }
    r->held = '\0';
    rtf_utf8(r, out, (size_t)(to - out), at);
}

static void rtf_unicode(struct rtf *r, long number, size_t at)
{
    uint32_t c = (uint32_t)(number < 0 ? number + 65536 : number);
    char out[CS_UTF8_MAX];

    r->to_skip = group_now(r)->skip;
    if (c >= 0xd800 && c < 0xdc00) {
        r->high = (int)c;
        return;
    }
    if (c >= 0xdc00 && c < 0xe000 && r->high)
        c = 0x10000 + (((uint32_t)r->high - 0xd800) << 10) + (c - 0xdc00);
    r->high = 0;
    if (c > 0 && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff))
        rtf_utf8(r, out, cs_utf8_put(out, c), at);
}

static void rtf_code_page(struct rtf *r, long number)
{
    char name[24];

    snprintf(name, sizeof(name), "CP%ld", number);
    iconv_t cd = iconv_open("UTF-8", name);
    if (cd != (iconv_t)-1) {
        iconv_close(r->code_page);
        r->code_page = cd;
    }
}

/* groups whose text no reader sees */
static bool is_muted_word(const char *word)
{
    static const char *const words[] = {"fonttbl",
                                        "colortbl",
                                        "stylesheet",
                                        "info",
                                        "pict",
                                        "object",
                                        "header",
                                        "headerl",
                                        "headerr",
                                        "headerf",
                                        "footer",
                                        "footerl",
                                        "footerr",
                                        "footerf",
                                        "fldinst",
                                        "xe",
                                        "tc",
                                        "listtable",
                                        "listoverridetable",
                                        "generator",
                                        "themedata",
                                        "revtbl",
                                        "deleted"};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

static void paragraph_end(struct rtf *r)
{
    if (r->flow.in_cell || r->in_table) {
        r->flow.block.gap = true;
        return;
    }
    if (r->level)
        flow_end(&r->flow, BLOCK_HEADING, r->level, 0);
    else
        flow_break(&r->flow);
    r->table_before = false;
}

static void row_begin(struct rtf *r)
{
    if (r->flow.in_row)
        return;
    if (!r->table_before)
        flow_table(&r->flow);
    flow_row(&r->flow);
    flow_cell(&r->flow);
}

static void rtf_layout(struct rtf *r, const char *word, long number)
{
    if (strcmp(word, "par") == 0 || strcmp(word, "page") == 0 || strcmp(word, "sect") == 0) {
        paragraph_end(r);
    } else if (strcmp(word, "pard") == 0) {
        r->level = 0;
        r->in_table = false;
    } else if (strcmp(word, "outlinelevel") == 0) {
        r->level = number >= 0 && number < BLOCK_MAX_LEVEL ? (int)number + 1 : 0;
    } else if (strcmp(word, "line") == 0) {
        text_newline(&r->flow.block);
    } else if (strcmp(word, "tab") == 0) {
        r->flow.block.gap = true;
    } else if (strcmp(word, "intbl") == 0) {
        r->in_table = true;
        row_begin(r);
    } else if (strcmp(word, "cell") == 0) {
        row_begin(r);
        flow_cell_end(&r->flow);
        flow_cell(&r->flow);
    } else if (strcmp(word, "row") == 0) {
        flow_row_end(&r->flow, !r->table_before);
        r->table_before = true;
    }
}

static void rtf_sign(struct rtf *r, const char *word, size_t at)
{
    static const struct {
        const char *word, *text;
    } signs[] = {{"bullet", "\u2022"},    {"endash", "\u2013"}, {"emdash", "\u2014"},
                 {"lquote", "\u2018"},    {"rquote", "\u2019"}, {"ldblquote", "\u201c"},
                 {"rdblquote", "\u201d"}, {"emspace", " "},     {"enspace", " "}};

    for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
        if (strcmp(signs[i].word, word) == 0)
            rtf_utf8(r, signs[i].text, strlen(signs[i].text), at);
}

/* The control word whose letters begin at `at`; where what follows begins. */
static size_t rtf_word(struct rtf *r, const struct source *s, size_t at)
{
    char word[WORD_MAX] = "";
    size_t n = 0, start = at - 1;

    while (at < s->len && isalpha((unsigned char)s->data[at])) {
        if (n < sizeof(word) - 1)
            word[n++] = s->data[at];
        at++;
    }
    word[n] = '\0';
    char *end;
    bool has_number = at < s->len && (isdigit((unsigned char)s->data[at]) || s->data[at] == '-');
    long number = has_number ? strtol(s->data + at, &end, 10) : 0;
    if (has_number)
        at = (size_t)(end - s->data);
    at += at < s->len && s->data[at] == ' ';
    if (is_muted_word(word) ||
        (r->ignorable && strcmp(word, "shpinst") != 0 && strcmp(word, "shptxt") != 0))
        group_now(r)->muted = true;
    r->ignorable = false;
    if (strcmp(word, "bin") == 0 && number > 0)
        return at + ((size_t)number < s->len - at ? (size_t)number : s->len - at);
    if (strcmp(word, "u") == 0)
        rtf_unicode(r, number, start);
    else if (strcmp(word, "uc") == 0)
        group_now(r)->skip = number >= 0 && number < 8 ? (int)number : 1;
    else if (strcmp(word, "ansicpg") == 0)
        rtf_code_page(r, number);
    else if (!group_now(r)->muted) {
        rtf_layout(r, word, number);
        rtf_sign(r, word, start);
    }
    return at;
}

static int hex_value(char c)
{
    return isdigit((unsigned char)c)    ? c - '0'
           : isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10
                                        : 0;
}

/* what follows a back slash at `at` - 1 */
static size_t rtf_control(struct rtf *r, const struct source *s, size_t at)
{
    char c = at < s->len ? s->data[at] : '\0';

    if (isalpha((unsigned char)c))
        return rtf_word(r, s, at);
    if (c == '\'' && at + 2 < s->len) {
        rtf_byte(r, (char)(hex_value(s->data[at + 1]) << 4 | hex_value(s->data[at + 2])), at - 1);
        return at + 3;
    }
    if (c == '*')
        r->ignorable = true;
    else if (c == '~')
        rtf_utf8(r, " ", 1, at);
    else if (c == '_')
        rtf_utf8(r, "-", 1, at);
    else if (c == '\n' || c == '\r')
        paragraph_end(r);
    else if (c == '\\' || c == '{' || c == '}')
        rtf_byte(r, c, at);
    return at + 1;
}

static void group_begin(struct rtf *r)
{
    if (r->depth + 1 >= GROUPS) {
        r->deeper++;
        return;
    }
    r->groups[r->depth + 1] = r->groups[r->depth];
    r->depth++;
}

static void group_end(struct rtf *r)
{
    if (r->deeper)
        r->deeper--;
    else if (r->depth)
        r->depth--;
    r->to_skip = 0;
}

const char *rtf_read(const struct source *s, struct emit *e)
{
    struct rtf *r = cs_alloc(s->arena, sizeof(*r));

    r->flow.emit = e;
    r->groups[0].skip = 1;
    r->code_page = iconv_open("UTF-8", "CP1252");
    if (r->code_page == (iconv_t)-1)
        return "RTF is not supported on this server: the code page 1252 is missing.";
    e->sourced = true;
    for (size_t at = 0; at < s->len && !e->full;) {
        char c = s->data[at++];
        if (c == '\\')
            at = rtf_control(r, s, at);
        else if (c == '{')
            group_begin(r);
        else if (c == '}')
            group_end(r);
        else if (c != '\n' && c != '\r')
            rtf_byte(r, c, at - 1);
    }
    iconv_close(r->code_page);
    flow_free(&r->flow);
    return NULL;
}
