/* Which encoding a text has: marks and UTF-8 first, then UTF-16 by its zero bytes, then uchardet's guess. */
#include "ingest/extract/source.h"

#include "base/utf8.h"

#include <iconv.h>
#include <uchardet.h>
#include <utf8proc.h>

enum {
    ODD_SHARE =
        100, /* of so many characters at most one may be odd: malformed, or a control character */
    ODD_FEW = 3, /* and so many in a text of any length whose encoding is not guessed */
    GUESS_BYTES = 256 * 1024,
};

char *source_convert(struct cs_arena *a, const char *charset, const char *data, size_t len,
                     size_t *ret_len)
{
    iconv_t cd = iconv_open("UTF-8", charset);
    char *in = (char *)(uintptr_t)data, block[4096];
    struct cs_buf out = {0};

    if (cd == (iconv_t)-1)
        return NULL;
    while (len > 0) {
        char *to = block;
        size_t room = sizeof(block);
        size_t r = iconv(cd, &in, &len, &to, &room);
        cs_buf_add(&out, block, sizeof(block) - room);
        if (r == (size_t)-1 && room > 64) { /* malformed, or cut at the end */
            cs_buf_adds(&out, "\xef\xbf\xbd");
            in++;
            len--;
        }
    }
    iconv_close(cd);
    char *text = cs_alloc(a, out.len + 1); /* which may hold zero bytes */
    if (out.len)
        memcpy(text, out.data, out.len);
    *ret_len = out.len;
    cs_buf_free(&out);
    return text;
}

/* characters a text does not have, and all of it */
static size_t odd_characters(const char *s, size_t len, size_t *ret_n)
{
    size_t odd = 0;
    uint32_t c;

    *ret_n = 0;
    for (size_t i = 0, n; i < len; i += n, ++*ret_n) {
        n = cs_utf8_next(s + i, len - i, &c);
        if (n == 0) {
            n = 1;
            odd++;
        } else if (c < ' ' || c == 0x7f) {
            odd += c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != '\v' && c != 0x1b &&
                   c != '\b';
        } else if (c >= 0x80) {
            utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);
            odd += k == UTF8PROC_CATEGORY_CN || k == UTF8PROC_CATEGORY_CC ||
                   k == UTF8PROC_CATEGORY_CO || c == 0xfffd;
        }
    }
    return odd;
}

static bool is_text(const char *s, size_t len, bool guessed)
{
    size_t n, odd = odd_characters(s, len, &n);

    return odd * ODD_SHARE <= n || (!guessed && odd <= ODD_FEW && odd * 2 < n);
}

/* old Macintosh line ends become LF, byte for byte; texts with LF keep their CR, which tidying drops */
static char *text_lines(char *text, size_t len)
{
    if (!memchr(text, '\n', len))
        for (char *p = text; (p = memchr(p, '\r', len - (size_t)(p - text)));)
            *p = '\n';
    return text;
}

static bool decode_as(struct source *s, const char *charset, size_t skip)
{
    size_t len;
    char *text = source_convert(s->arena, charset, s->data + skip, s->len - skip, &len);

    if (!text || !is_text(text, len, skip == 0))
        return false;
    s->text = text_lines(text, len);
    s->text_len = len;
    s->verbatim = false;
    return true;
}

static bool decode_utf8(struct source *s, size_t skip)
{
    size_t len = s->len - skip;

    if (!is_text(s->data + skip, len, false))
        return false;
    s->text = text_lines((char *)(uintptr_t)s->data + skip, len);
    s->text_len = len;
    s->text_base = skip;
    s->verbatim = true; /* malformed bytes are replaced when a block is tidied */
    return true;
}

/* the share of zero bytes at even and at odd offsets: half of a text in ASCII is zero in UTF-16 */
static bool decode_utf16(struct source *s)
{
    size_t zero[2] = {0}, half = s->len / 2;

    for (size_t i = 0; i < s->len; i++)
        zero[i % 2] += s->data[i] == '\0';
    if (half == 0 || s->len % 2)
        return false;
    bool big = zero[0] > zero[1];
    if (zero[big ? 0 : 1] == 0 || zero[big ? 1 : 0] * 50 > half)
        return false;
    return decode_as(s, big ? "UTF-16BE" : "UTF-16LE", 0);
}

/* UTF-16 without a single ASCII character: most of it is Han, kana or Hangul */
static bool decode_wide(struct source *s)
{
    static const char *const charsets[] = {"UTF-16LE", "UTF-16BE"};

    for (size_t i = 0; s->len % 2 == 0 && i < 2; i++) {
        size_t wide = 0, n = 0;
        if (!decode_as(s, charsets[i], 0))
            continue;
        uint32_t c;
        for (size_t at = 0, len; (len = cs_utf8_next(s->text + at, s->text_len - at, &c));
             at += len, n++)
            wide += (c >= 0x3000 && c < 0xa000) || (c >= 0xac00 && c < 0xd7b0) ||
                    (c >= 0xff00 && c < 0xfff0);
        /* a mistaken byte order scatters over all of them, but has none of their punctuation */
        if (wide * 10 >= n * 9 && (strstr(s->text, "\u3002") || strstr(s->text, "\u3001") ||
                                   strstr(s->text, "\uff0c") || strstr(s->text, "\u3000")))
            return true;
        s->text = NULL;
    }
    return false;
}

static bool decode_guess(struct source *s)
{
    uchardet_t u = uchardet_new();
    char charset[40] = "";

    if (memchr(s->data, '\0', s->len) == NULL &&
        uchardet_handle_data(u, s->data, s->len < GUESS_BYTES ? s->len : GUESS_BYTES) == 0) {
        uchardet_data_end(u);
        snprintf(charset, sizeof(charset), "%s", uchardet_get_charset(u));
    }
    uchardet_delete(u);
    if (charset[0] == '\0' || strcmp(charset, "ASCII") == 0 || strcmp(charset, "UTF-8") == 0)
        return false;
    return decode_as(s, charset, 0);
}

/* the encoding that a page or an XML text declares of itself near its beginning */
static bool decode_declared(struct source *s)
{
    static const char *const signs[] = {"charset=", "encoding="};
    char head[2048], charset[40];
    size_t len = s->len < sizeof(head) - 1 ? s->len : sizeof(head) - 1;

    memcpy(head, s->data, len);
    head[len] = '\0';
    for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
        const char *at = strchr(head, '<') ? strcasestr(head, signs[i]) : NULL;
        if (!at)
            continue;
        at += strlen(signs[i]);
        at += *at == '"' || *at == '\'';
        snprintf(charset, sizeof(charset), "%.*s", (int)strcspn(at, "\"' />;\n"), at);
        if (*charset && decode_as(s, charset, 0))
            return true;
    }
    return false;
}

bool source_decode(struct source *s, bool guess)
{
    static const struct {
        const char *mark;
        size_t len;
        const char *charset;
    } marks[] = {
        {"\xff\xfe\0\0", 4, "UTF-32LE"},
        {"\0\0\xfe\xff", 4, "UTF-32BE"},
        {"\xff\xfe", 2, "UTF-16LE"},
        {"\xfe\xff", 2, "UTF-16BE"},
    };

    s->text = NULL;
    s->text_base = 0;
    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
        if (s->len >= marks[i].len && memcmp(s->data, marks[i].mark, marks[i].len) == 0 &&
            decode_as(s, marks[i].charset, marks[i].len))
            return true;
    if (s->len >= 3 && memcmp(s->data, "\xef\xbb\xbf", 3) == 0)
        return decode_utf8(s, 3);
    if (!guess)
        return decode_utf8(s, 0);
    return decode_utf16(s) || decode_declared(s) || decode_guess(s) || decode_wide(s) ||
           (!memchr(s->data, '\0', s->len) && decode_as(s, "WINDOWS-1252", 0));
}
