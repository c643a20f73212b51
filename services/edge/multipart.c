/* One pass over the body: a boundary, headers, content, and again. */
#include "edge/multipart.h"

#include "base/utf8.h"
#include "edge/charset.h"
#include "edge/routes.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

enum { TYPE_MAX = 1024, BOUNDARY_MAX = 70, HEADERS_MAX = 8192 };

static const char *skip_space(const char *p)
{
    return p + strspn(p, " \t");
}

/* The end of the value at p, quoted or a token; NULL: a quote without its end. */
static const char *value_end(const char *p)
{
    if (*p != '"')
        return p + strcspn(p, "; \t");
    for (p++; *p && *p != '"'; p++)
        if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
            p++;
    return *p ? p + 1 : NULL;
}

/* The value between p and end; a quote in it is \" or, from browsers, %22. */
static char *value_copy(struct cs_arena *a, const char *p, const char *end)
{
    char *out = cs_strndup(a, p, (size_t)(end - p)), *w = out;

    if (*p != '"')
        return out;
    for (p++; p < end - 1; p++) {
        if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
            p++;
        *w++ = *p;
    }
    *w = 0;
    return out;
}

/* Parameter `name` of a header value such as: form-data; name="file"; filename="a.md" */
static char *header_parameter(struct cs_arena *a, const char *value, const char *name)
{
    const char *p = value + strcspn(value, ";");
    size_t len = strlen(name);

    while (*p == ';') {
        p = skip_space(p + 1);
        size_t n = strcspn(p, "=;");
        bool wanted = n == len && strncasecmp(p, name, len) == 0;
        p += n;
        if (*p != '=')
            continue;
        const char *end = value_end(++p);
        if (!end)
            return NULL;
        if (wanted)
            return value_copy(a, p, end);
        p = skip_space(end);
    }
    return NULL;
}

static bool boundary_of(struct cs_arena *a, const char *content_type, const char **ret,
                        size_t *ret_len)
{
    static const char type[] = "multipart/form-data";

    if (!content_type || strncasecmp(content_type, type, sizeof(type) - 1) != 0)
        return false;
    const char *boundary = header_parameter(a, content_type, "boundary");
    if (!boundary || !*boundary || strlen(boundary) > BOUNDARY_MAX)
        return false;
    *ret = cs_printf(a, "\r\n--%s", boundary);
    *ret_len = strlen(*ret);
    return true;
}

static bool name_is_text(const char *s)
{
    size_t n = strlen(s);

    for (const char *p = s; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            return false;
    return cs_utf8_check(s, n) == n;
}

/* what a client calls a path is a name to us, and never touches a file system */
static const char *name_last_component(const char *name)
{
    const char *last = name;

    for (const char *p = name; *p; p++)
        if (*p == '/' || *p == '\\')
            last = p + 1;
    return last;
}

/*
 * The name in filename*=UTF-8''a%20b.md (RFC 8187), which is better than `plain`, what stands in filename;
 * `plain` when there is none that can be read.
 */
static const char *extended_name(struct cs_arena *a, const char *value, const char *plain)
{
    size_t set = value ? strcspn(value, "'") : 0;
    const char *coded = value && value[set] ? strchr(value + set + 1, '\'') : NULL;
    size_t n = coded ? strlen(coded + 1) : 0;
    char *bytes = n ? cs_alloc(a, n + 1) : NULL;

    if (!bytes || !route_decode(coded + 1, n, bytes, n + 1))
        return plain;
    const char *name = charset_utf8(a, value, set, bytes, strlen(bytes));
    return name && name_is_text(name) ? name : plain;
}

/* The text of an encoded word as bytes, by its letter B or Q; NULL: malformed. */
static char *encoded_bytes(struct cs_arena *a, char letter, const char *s, size_t n, size_t *ret_n)
{
    char *bytes = cs_alloc(a, n + 1), *w = bytes;

    if (letter == 'B' || letter == 'b')
        return sodium_base642bin((unsigned char *)bytes, n, s, n, NULL, ret_n, NULL,
                                 sodium_base64_VARIANT_ORIGINAL) == 0
                   ? bytes
                   : NULL;
    if (letter != 'Q' && letter != 'q')
        return NULL;
    for (size_t i = 0; i < n; i += s[i] == '=' ? 3 : 1) {
        unsigned char byte = s[i] == '_' ? ' ' : (unsigned char)s[i];
        size_t len = 1;
        if (s[i] == '=' &&
            (n - i < 3 || sodium_hex2bin(&byte, 1, s + i + 1, 2, NULL, &len, NULL) != 0 ||
             len != 1))
            return NULL;
        *w++ = (char)byte;
    }
    *ret_n = (size_t)(w - bytes);
    return bytes;
}

/* =?charset?Q?text?= at *at (RFC 2047) as UTF-8, and *at behind it; NULL: none can be read there. */
static const char *encoded_word(struct cs_arena *a, const char **at)
{
    const char *set = *at + 2, *mark, *text, *end;
    size_t n = 0;

    if (strncmp(*at, "=?", 2) != 0 || !(mark = strchr(set, '?')) || !mark[1] || mark[2] != '?')
        return NULL;
    text = mark + 3;
    if (!(end = strstr(text, "?=")))
        return NULL;
    *at = end + 2;
    const char *bytes = encoded_bytes(a, mark[1], text, (size_t)(end - text), &n);
    /* the set may bear a language: =?utf-8*en?Q?...?= */
    return bytes ? charset_utf8(a, set, strcspn(set, "*?"), bytes, n) : NULL;
}

/* A name made of encoded words alone, as .NET and mail programs send it, in plain text; others stay. */
static const char *encoded_words(struct cs_arena *a, const char *name)
{
    const char *p = name, *text = "", *word;

    do {
        p = skip_space(p);
        if (!(word = encoded_word(a, &p)))
            return name;
        text = cs_printf(a, "%s%s", text, word);
    } while (*p);
    return name_is_text(text) ? text : name;
}

static const char *read_disposition(struct cs_arena *a, const char *value, struct multipart_part *p)
{
    if (strncasecmp(value, "form-data", 9) != 0)
        return "A part is not form-data.";
    p->name = header_parameter(a, value, "name");
    p->filename = header_parameter(a, value, "filename");
    if (!p->filename)
        p->filename = extended_name(a, header_parameter(a, value, "filename*"), NULL);
    if (!p->name || !name_is_text(p->name))
        return "A part has no name.";
    if (!p->filename)
        return NULL;
    p->filename = name_last_component(
        extended_name(a, header_parameter(a, value, "filename*"), encoded_words(a, p->filename)));
    if (!name_is_text(p->filename))
        return "A file name is not UTF-8 text.";
    if (cs_utf8_count(p->filename, strlen(p->filename)) > MULTIPART_NAME_CHARACTERS)
        return "A file name may have 255 characters at most.";
    return NULL;
}

/* one header line; names we do not know are passed over */
static const char *read_header(struct cs_arena *a, const char *line, size_t n,
                               struct multipart_part *part)
{
    static const char disposition[] = "content-disposition:", type[] = "content-type:";

    if (memchr(line, 0, n))
        return "A header of a part has a NUL.";
    char *text = cs_strndup(a, line, n);
    if (strncasecmp(text, disposition, sizeof(disposition) - 1) == 0)
        return read_disposition(a, skip_space(text + sizeof(disposition) - 1), part);
    if (strncasecmp(text, type, sizeof(type) - 1) == 0)
        part->type = skip_space(text + sizeof(type) - 1);
    return NULL;
}

/* headers from *at up to the empty line; *at is then the content */
static const char *read_headers(struct cs_arena *a, const char **at, const char *end,
                                struct multipart_part *part)
{
    const char *p = *at, *limit = end - p > HEADERS_MAX ? p + HEADERS_MAX : end;

    for (;;) {
        const char *eol = memmem(p, (size_t)(limit - p), "\r\n", 2);
        if (!eol)
            return "The headers of a part have no end or are too long.";
        if (eol == p) {
            *at = p + 2;
            return part->name ? NULL : "A part has no Content-Disposition.";
        }
        const char *error = read_header(a, p, (size_t)(eol - p), part);
        if (error)
            return error;
        p = eol + 2;
    }
}

int multipart_parse(struct cs_arena *a, const char *content_type, const char *body, size_t len,
                    struct multipart_part parts[MULTIPART_PARTS], const char **ret_error)
{
    const char *mark, *p = body, *end = body + len;
    size_t mark_len;
    int n = 0;

    *ret_error = "Content-Type must be at most 1,024 bytes.";
    if (content_type && strlen(content_type) > TYPE_MAX)
        return -1;
    *ret_error = "Content-Type must be multipart/form-data with a boundary.";
    if (!boundary_of(a, content_type, &mark, &mark_len))
        return -1;
    *ret_error = "The body does not begin with its boundary.";
    /* the first delimiter may lack its line end */
    if (len >= mark_len - 2 && memcmp(body, mark + 2, mark_len - 2) == 0)
        p = body + mark_len - 2;
    else if ((p = memmem(body, len, mark, mark_len)) != NULL)
        p += mark_len;
    else
        return -1;
    for (;;) {
        if (end - p >= 2 && p[0] == '-' && p[1] == '-')
            return n;
        while (p < end && (*p == ' ' || *p == '\t'))
            p++;
        *ret_error = "A boundary is not followed by a line end.";
        if (end - p < 2 || p[0] != '\r' || p[1] != '\n')
            return -1;
        *ret_error = "There are too many parts.";
        if (n == MULTIPART_PARTS)
            return -1;
        struct multipart_part *part = &parts[n];
        *part = (struct multipart_part){0};
        p += 2;
        if ((*ret_error = read_headers(a, &p, end, part)) != NULL)
            return -1;
        const char *next = memmem(p, (size_t)(end - p), mark, mark_len);
        *ret_error = "The last part has no end.";
        if (!next)
            return -1;
        part->data = p;
        part->len = (size_t)(next - p);
        p = next + mark_len;
        n++;
    }
}
