/* One pass over the body: a boundary, headers, content, and again. */
#include "edge/multipart.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

enum { BOUNDARY_MAX = 70, HEADERS_MAX = 8192, NAME_BYTES = 255 };

static const char *skip_space(const char *p)
{
    return p + strspn(p, " \t");
}

/* the value at p, quoted or a token; a quote in it is \" or, from browsers, %22 */
static char *read_value(struct cs_arena *a, const char *p, const char **ret_end)
{
    if (*p != '"') {
        size_t n = strcspn(p, "; \t");
        *ret_end = p + n;
        return cs_strndup(a, p, n);
    }
    char *out = cs_alloc(a, strlen(p)), *w = out;
    for (p++; *p && *p != '"'; p++) {
        if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
            p++;
        *w++ = *p;
    }
    if (*p != '"')
        return NULL;
    *ret_end = p + 1;
    return out;
}

/* parameter `name` of a header value such as: form-data; name="file"; filename="a.md" */
static char *parameter(struct cs_arena *a, const char *value, const char *name)
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
        char *text = read_value(a, p + 1, &p);
        if (!text || wanted)
            return text;
        p = skip_space(p);
    }
    return NULL;
}

static bool boundary_of(struct cs_arena *a, const char *content_type, const char **ret,
                        size_t *ret_len)
{
    static const char type[] = "multipart/form-data";

    if (!content_type || strncasecmp(content_type, type, sizeof(type) - 1) != 0)
        return false;
    const char *boundary = parameter(a, content_type, "boundary");
    if (!boundary || !*boundary || strlen(boundary) > BOUNDARY_MAX)
        return false;
    *ret = cs_printf(a, "\r\n--%s", boundary);
    *ret_len = strlen(*ret);
    return true;
}

static bool is_text(const char *s)
{
    size_t n = strlen(s);

    for (const char *p = s; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            return false;
    return cs_utf8_check(s, n) == n;
}

/* what a client calls a path is a name to us, and never touches a file system */
static const char *last_component(const char *name)
{
    const char *last = name;

    for (const char *p = name; *p; p++)
        if (*p == '/' || *p == '\\')
            last = p + 1;
    return last;
}

static const char *read_disposition(struct cs_arena *a, const char *value, struct multipart_part *p)
{
    if (strncasecmp(value, "form-data", 9) != 0)
        return "A part is not form-data.";
    p->name = parameter(a, value, "name");
    p->filename = parameter(a, value, "filename");
    if (!p->name || !is_text(p->name))
        return "A part has no name.";
    if (!p->filename)
        return NULL;
    p->filename = last_component(p->filename);
    if (strlen(p->filename) > NAME_BYTES || !is_text(p->filename))
        return "A file name is too long or not UTF-8.";
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
