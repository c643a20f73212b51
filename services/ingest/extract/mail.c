/*
 * Mail (EML) and mailboxes (MBOX): sender, recipients, subject and date, the text, and each attachment that can be read.
 * Of the forms of one text the plain one is taken.
 */
#include "ingest/extract/source.h"

#include "ingest/extract/flow.h"

#include "base/utf8.h"

#include <ctype.h>
#include <strings.h>

enum { PARTS_DEPTH = 10, VALUE_MAX = 1000, MESSAGES_MAX = 20000 };

/* one entity of a message: its headers and what stands below them */
struct part {
    const char *head, *body, *end;
};

struct mail {
    const struct source *source;
    struct emit *emit;
    struct cs_arena *arena;
};

static struct part part_of(const char *s, const char *end)
{
    struct part p = {s, end, end};

    for (const char *line = s; line < end;) {
        const char *nl = memchr(line, '\n', (size_t)(end - line));
        if (!nl || nl == line || (nl == line + 1 && *line == '\r')) {
            p.body = nl ? nl + 1 : end;
            break;
        }
        line = nl + 1;
    }
    return p;
}

/* The value of a header with its folded lines, as it stands; "" when it is missing. */
static const char *part_header(struct mail *m, const struct part *p, const char *name)
{
    size_t n = strlen(name);

    for (const char *line = p->head; line < p->body;) {
        const char *nl = memchr(line, '\n', (size_t)(p->body - line));
        const char *next = nl ? nl + 1 : p->body;
        if ((size_t)(p->body - line) > n && strncasecmp(line, name, n) == 0 && line[n] == ':') {
            while (next < p->body && (*next == ' ' || *next == '\t')) {
                nl = memchr(next, '\n', (size_t)(p->body - next));
                next = nl ? nl + 1 : p->body;
            }
            const char *value = line + n + 1;
            size_t len = (size_t)(next - value);
            return cs_strndup(m->arena, value, len < 16 * VALUE_MAX ? len : 16 * VALUE_MAX);
        }
        line = next;
    }
    return "";
}

/* A parameter of a header such as charset=utf-8 or name="a b"; "" when it is missing. */
static const char *header_parameter(struct mail *m, const char *value, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = strchr(value, ';'); p; p = strchr(p, ';')) {
        p += 1 + strspn(p + 1, " \t\r\n");
        if (strncasecmp(p, name, n) != 0 || p[n] != '=')
            continue;
        p += n + 1;
        if (*p == '"')
            return cs_strndup(m->arena, p + 1, strcspn(p + 1, "\""));
        return cs_strndup(m->arena, p, strcspn(p, "; \t\r\n"));
    }
    return "";
}

static int base64_value(char c)
{
    if (isupper((unsigned char)c))
        return c - 'A';
    if (islower((unsigned char)c))
        return c - 'a' + 26;
    if (isdigit((unsigned char)c))
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static char *base64_decode(struct mail *m, const char *s, size_t len, size_t *ret_len)
{
    char *out = cs_alloc(m->arena, len / 4 * 3 + 4);
    unsigned kept = 0, bits = 0;

    *ret_len = 0;
    for (size_t i = 0; i < len && s[i] != '='; i++) {
        int v = base64_value(s[i]);
        if (v < 0)
            continue;
        kept = (kept << 6 | (unsigned)v) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[(*ret_len)++] = (char)(kept >> bits);
        }
    }
    return out;
}

static int hex_value(char c)
{
    return isdigit((unsigned char)c)    ? c - '0'
           : isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10
                                        : -1;
}

/* quoted-printable; in headers a low line is a blank */
static char *quoted_decode(struct mail *m, const char *s, size_t len, bool of_header,
                           size_t *ret_len)
{
    char *out = cs_alloc(m->arena, len + 1);
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (s[i] == '=' && i + 2 < len && hex_value(s[i + 1]) >= 0 && hex_value(s[i + 2]) >= 0) {
            out[n++] = (char)(hex_value(s[i + 1]) << 4 | hex_value(s[i + 2]));
            i += 2;
        } else if (s[i] == '=' && i + 1 < len && (s[i + 1] == '\n' || s[i + 1] == '\r')) {
            i += s[i + 1] == '\r' && i + 2 < len && s[i + 2] == '\n' ? 2 : 1;
        } else {
            out[n++] = of_header && s[i] == '_' ? ' ' : s[i];
        }
    }
    *ret_len = n;
    return out;
}

/* one encoded word, =?charset?B or Q?text?=, at s; where it ends, or NULL */
static const char *encoded_word(struct mail *m, const char *s, struct text *t)
{
    const char *q1 = strchr(s + 2, '?'), *q2 = q1 && q1[1] ? strchr(q1 + 2, '?') : NULL;
    const char *end = q2 ? strstr(q2 + 1, "?=") : NULL;
    size_t len, n;

    if (!end || q2 != q1 + 2)
        return NULL;
    bool base64 = q1[1] == 'B' || q1[1] == 'b';
    char *raw = base64 ? base64_decode(m, q2 + 1, (size_t)(end - q2) - 1, &len)
                       : quoted_decode(m, q2 + 1, (size_t)(end - q2) - 1, true, &len);
    char *text =
        source_convert(m->arena, cs_strndup(m->arena, s + 2, strcspn(s + 2, "?*")), raw, len, &n);
    if (!text)
        return NULL;
    text_words(t, text, n, NO_SOURCE);
    return end + 2;
}

static void header_words(struct mail *m, const char *value, struct text *t)
{
    while (*value) {
        const char *word = strstr(value, "=?");
        size_t plain = word ? (size_t)(word - value) : strlen(value);
        text_words(t, value, plain, NO_SOURCE);
        value += plain;
        const char *after = word ? encoded_word(m, word, t) : NULL;
        if (after) {
            const char *next =
                after + strspn(after, " \t\r\n"); /* white space between two of them is none */
            value = strncmp(next, "=?", 2) == 0 ? next : after;
        } else if (word) {
            text_words(t, word, 2, NO_SOURCE);
            value += 2;
        }
    }
}

/* "Subject: ..." of the headers that a reader sees */
static void message_head(struct mail *m, const struct part *p)
{
    static const char *const shown[] = {"From", "To", "Cc", "Date"};
    struct text t = {0};

    header_words(m, part_header(m, p, "Subject"), &t);
    emit_block(m->emit, BLOCK_HEADING, 1, 0, NULL, &t);
    for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
        const char *value = part_header(m, p, shown[i]);
        if (value[strspn(value, " \t\r\n")] == '\0')
            continue;
        text_newline(&t);
        text_adds(&t, shown[i]);
        text_adds(&t, ": ");
        header_words(m, value, &t);
    }
    text_end(&t, cs_utf8_cut(t.buf.len ? t.buf.data : "", t.buf.len, 4 * VALUE_MAX));
    emit_block(m->emit, BLOCK_PARAGRAPH, 0, 0, NULL, &t);
    text_free(&t);
}

/* ---- parts ---- */

static char *part_decode(struct mail *m, const struct part *p, size_t *ret_len)
{
    const char *encoding = part_header(m, p, "Content-Transfer-Encoding");
    size_t len = (size_t)(p->end - p->body);

    encoding += strspn(encoding, " \t\r\n");
    if (strncasecmp(encoding, "base64", 6) == 0)
        return base64_decode(m, p->body, len, ret_len);
    if (strncasecmp(encoding, "quoted-printable", 16) == 0)
        return quoted_decode(m, p->body, len, false, ret_len);
    *ret_len = len;
    return cs_strndup(m->arena, p->body, len);
}

static void text_part(struct mail *m, const struct part *p, const char *type, bool html)
{
    struct source s = *m->source;
    struct flow f = {.emit = m->emit};
    struct text page = {0};
    const char *charset = header_parameter(m, type, "charset");
    size_t len, n;
    char *data = part_decode(m, p, &len);
    char *text = source_convert(m->arena, *charset ? charset : "UTF-8", data, len, &n);

    if (!text)
        text = source_convert(m->arena, "WINDOWS-1252", data, len, &n);
    if (!text || n == 0)
        return;
    if (html) {
        text_add(&page, text, n, NO_SOURCE);
        html_fragment(&f, &page);
        flow_free(&f);
        text_free(&page);
    } else {
        s.text = text;
        s.text_len = n;
        s.verbatim = false;
        plain_rest(&s, m->emit, 0);
    }
}

static bool is_type(const char *type, const char *want)
{
    type += strspn(type, " \t\r\n");
    return strncasecmp(type, want, strlen(want)) == 0;
}

static void part_read(struct mail *m, const struct part *p, int depth);

/* The next part between boundaries from *at on; false: there is none. */
static bool part_next(struct mail *m, const struct part *whole, const char *mark, const char **at,
                      struct part *ret)
{
    size_t n = strlen(mark);
    const char *from = *at ? *at : memmem(whole->body, (size_t)(whole->end - whole->body), mark, n);
    const char *nl = from ? memchr(from, '\n', (size_t)(whole->end - from)) : NULL;

    (void)m;
    if (!nl || strncmp(from + n, "--", 2) == 0)
        return false;
    const char *end = memmem(nl, (size_t)(whole->end - nl), mark, n);
    *at = end ? end : whole->end;
    *ret = part_of(nl + 1, *at > nl ? *at : nl + 1);
    return true;
}

/* of alternatives the plain text, or else the first one that is a text */
static void alternative_read(struct mail *m, const struct part *whole, const char *mark, int depth)
{
    struct part p, best = {0};
    const char *at = NULL;
    int rank = 0;

    while (part_next(m, whole, mark, &at, &p)) {
        const char *type = part_header(m, &p, "Content-Type");
        int of_part = is_type(type, "text/plain") ? 3 : is_type(type, "text/html") ? 2 : 1;
        if (of_part > rank && p.body < p.end) {
            rank = of_part;
            best = p;
        }
    }
    if (rank)
        part_read(m, &best, depth + 1);
}

static void multipart_read(struct mail *m, const struct part *whole, const char *type, int depth)
{
    const char *boundary = header_parameter(m, type, "boundary");
    char *mark = cs_printf(m->arena, "--%s", boundary);
    struct part p;
    const char *at = NULL;

    if (!*boundary || strlen(boundary) > 200)
        return;
    if (is_type(type, "multipart/alternative"))
        alternative_read(m, whole, mark, depth);
    else
        while (part_next(m, whole, mark, &at, &p) && !m->emit->full)
            part_read(m, &p, depth + 1);
}

static void attachment_read(struct mail *m, const struct part *p, const char *type)
{
    const char *name = header_parameter(m, part_header(m, p, "Content-Disposition"), "filename");
    struct text t = {0};
    size_t len;
    char *data;

    header_words(m, *name ? name : header_parameter(m, type, "name"), &t);
    text_tidy(&t, false);
    data = part_decode(m, p, &len);
    *m->source->inflated += len;
    if (t.buf.len && len && *m->source->inflated <= SOURCE_MAX_INFLATED)
        source_part(m->source, m->emit, t.buf.data, cs_strndup(m->arena, type, strcspn(type, ";")),
                    data, len);
    text_free(&t);
}

static void part_read(struct mail *m, const struct part *p, int depth)
{
    const char *type = part_header(m, p, "Content-Type");
    const char *disposition = part_header(m, p, "Content-Disposition");

    type += strspn(type, " \t\r\n");
    if (depth > PARTS_DEPTH)
        return;
    if (is_type(type, "multipart/")) {
        multipart_read(m, p, type, depth);
    } else if (is_type(type, "message/rfc822")) {
        struct part inner = part_of(p->body, p->end);
        message_head(m, &inner);
        part_read(m, &inner, depth + 1);
    } else if (!is_type(disposition, "attachment") &&
               (*type == '\0' || is_type(type, "text/plain") || is_type(type, "text/html"))) {
        text_part(m, p, type, is_type(type, "text/html"));
    } else {
        attachment_read(m, p, type);
    }
}

/* ---- messages ---- */

static void message_read(const struct source *s, struct emit *e, const char *from, const char *end)
{
    struct cs_arena a;
    struct mail m = {.source = s, .emit = e, .arena = &a};
    struct part p = part_of(from, end);

    cs_arena_init(&a);
    message_head(&m, &p);
    part_read(&m, &p, 0);
    cs_arena_dispose(&a);
}

const char *eml_read(const struct source *s, struct emit *e)
{
    message_read(s, e, s->data, s->data + s->len);
    return NULL;
}

/* A message begins with a line "From " behind an empty one. */
const char *mbox_read(const struct source *s, struct emit *e)
{
    const char *end = s->data + s->len, *from = s->data;
    const char *mark = memmem(s->data, s->len, "\r\n\r\nFrom ", 9) ? "\r\n\r\nFrom " : "\n\nFrom ";
    size_t blank = strlen(mark) - 5;
    int n = 0;

    while (from < end && !e->full) {
        const char *nl = memchr(from, '\n', (size_t)(end - from));
        const char *next = nl ? memmem(nl, (size_t)(end - nl), mark, blank + 5) : NULL;
        if (++n > MESSAGES_MAX)
            return "The mailbox has more than 20,000 messages.";
        message_read(s, e, nl && strncmp(from, "From ", 5) == 0 ? nl + 1 : from,
                     next ? next + blank / 2 : end);
        from = next ? next + blank : end;
    }
    return NULL;
}
