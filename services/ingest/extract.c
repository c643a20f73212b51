/* The kind of a file is decided first, then its bytes become UTF-8 in place. */
#include "ingest/extract.h"

#include "base/utf8.h"

#include <ctype.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define SUPPORTED "Text and Markdown are supported."

/* what content begins with when it is no text */
static const struct {
    const char *magic;
    size_t len;
    const char *reason;
} foreign[] = {
    {"%PDF-", 5, "PDF is not supported yet. " SUPPORTED},
    {"PK\3\4", 4, "ZIP and Office files are not supported yet. " SUPPORTED},
    {"\xd0\xcf\x11\xe0", 4, "Old Office files are not supported. " SUPPORTED},
    {"{\\rtf", 5, "RTF is not supported. " SUPPORTED},
    {"\x1f\x8b", 2, "Compressed files are not supported. " SUPPORTED},
    {"\x89PNG", 4, "Pictures are not supported. " SUPPORTED},
    {"\xff\xd8\xff", 3, "Pictures are not supported. " SUPPORTED},
    {"GIF8", 4, "Pictures are not supported. " SUPPORTED},
    {"\x7f"
     "ELF",
     4, "Programs are not supported. " SUPPORTED},
};

static const struct {
    const char *word; /* file name extension or media type */
    enum text_kind kind;
} kinds[] = {
    {"md", TEXT_MARKDOWN}, {"markdown", TEXT_MARKDOWN}, {"text/markdown", TEXT_MARKDOWN},
    {"txt", TEXT_PLAIN},   {"text", TEXT_PLAIN},        {"text/plain", TEXT_PLAIN},
};

/* letters and digits behind the last dot, with a letter among them; NULL: none */
static const char *name_extension(const char *name)
{
    const char *dot = name ? strrchr(name, '.') : NULL;
    bool letter = false;

    if (!dot || strlen(dot + 1) > 8)
        return NULL;
    for (const char *p = dot + 1; *p; p++) {
        if (!isalnum((unsigned char)*p))
            return NULL;
        letter = letter || isalpha((unsigned char)*p);
    }
    return letter ? dot + 1 : NULL;
}

static bool kind_of(const char *word, enum text_kind *ret)
{
    size_t len = word ? strcspn(word, "; ") : 0; /* without parameters of a media type */

    for (size_t i = 0; len && i < sizeof(kinds) / sizeof(*kinds); i++)
        if (strlen(kinds[i].word) == len && strncasecmp(kinds[i].word, word, len) == 0) {
            *ret = kinds[i].kind;
            return true;
        }
    return false;
}

const char *extract_mime(const char *name, const char *mime)
{
    enum text_kind kind;

    if (kind_of(name_extension(name), &kind))
        return kind == TEXT_MARKDOWN ? "text/markdown" : "text/plain";
    return mime && *mime ? mime : "application/octet-stream";
}

/* whether text of unknown kind has a heading as Markdown writes it */
static bool has_heading(const char *text)
{
    for (const char *p = text; p; p = strchr(p, '\n')) {
        p += *p == '\n';
        size_t hashes = strspn(p, "#");
        if (hashes >= 1 && hashes <= 6 && p[hashes] == ' ')
            return true;
    }
    return false;
}

/* bytes that UTF-16 takes as UTF-8, at most: what is to come may be large, so it is counted */
static size_t utf16_room(const char *data, size_t len)
{
    const unsigned char *u = (const unsigned char *)data;
    bool big = u[0] == 0xfe;
    size_t room = 4;

    for (size_t i = 2; i + 1 < len; i += 2) {
        unsigned unit = big ? u[i] << 8 | u[i + 1] : u[i + 1] << 8 | u[i];
        bool surrogate = unit >= 0xd800 && unit < 0xe000;
        room += unit < 0x80 ? 1 : unit < 0x800 || surrogate ? 2 : 3;
    }
    return room;
}

static const char *from_utf16(struct cs_arena *a, char **data, size_t *len)
{
    iconv_t cd = iconv_open("UTF-8", "UTF-16");
    size_t left = *len, room = utf16_room(*data, *len);
    char *in = *data, *out = cs_alloc(a, room + 1), *at = out;

    if (cd == (iconv_t)-1)
        return "UTF-16 is not supported on this server.";
    size_t r = iconv(cd, &in, &left, &at, &room);
    iconv_close(cd);
    if (r == (size_t)-1)
        return cs_printf(a, "The file is not valid UTF-16 at byte %zu.", *len - left);
    *data = out;
    *len = (size_t)(at - out);
    return NULL;
}

/* CRLF and CR become LF */
static size_t line_ends(char *data, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (data[i] != '\r')
            data[n++] = data[i];
        else if (i + 1 == len || data[i + 1] != '\n')
            data[n++] = '\n';
    }
    data[n] = '\0';
    return n;
}

static const char *text_decode(struct cs_arena *a, char *data, size_t len, struct extracted *ret)
{
    const char *reason;

    if (len >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0)) {
        if ((reason = from_utf16(a, &data, &len)))
            return reason;
    } else if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
        data += 3;
        len -= 3;
    }
    if (memchr(data, '\0', len))
        return "Binary files are not supported. " SUPPORTED;
    size_t bad = cs_utf8_check(data, len);
    if (bad < len)
        return cs_printf(a, "The file is not valid UTF-8 at byte %zu. Save it as UTF-8.", bad);
    ret->text = data;
    ret->len = line_ends(data, len);
    if (cs_utf8_blank(ret->text, ret->len))
        return "The file contains no text.";
    return NULL;
}

const char *extract(struct cs_arena *a, const char *name, const char *mime, char *data, size_t len,
                    struct extracted *ret)
{
    const char *ext = name_extension(name), *reason;
    bool known = kind_of(ext, &ret->kind);

    for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
        if (len >= foreign[i].len && memcmp(data, foreign[i].magic, foreign[i].len) == 0)
            return foreign[i].reason;
    if (!known && !(known = kind_of(mime, &ret->kind)) && ext)
        return cs_printf(a, "Files of type .%s are not supported yet. " SUPPORTED, ext);
    reason = text_decode(a, data, len, ret);
    if (!reason && !known)
        ret->kind = has_heading(ret->text) ? TEXT_MARKDOWN : TEXT_PLAIN;
    return reason;
}
