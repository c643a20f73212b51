/* The reader of case suites: a line at a time, which is a heading or belongs to what is above it. */
#include "suite.h"

#include "base/buf.h"
#include "base/file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUITE_MAX = 1 << 20, REPEAT_MAX = 1 << 20 };

struct reader {
    struct cs_arena *arena;
    const char *path;
    int line;
    struct suite_case *cases;
    size_t n;
    struct suite_part *part; /* the one that is being read, or NULL */
    struct cs_buf text;      /* its bytes so far */
    int empty;               /* lines after them */
    bool escaped, on_heading;
};

__attribute__((noreturn, format(printf, 2, 3))) static void suite_mistake(const struct reader *r,
                                                                          const char *fmt, ...)
{
    va_list args;

    fprintf(stderr, "%s:%d: ", r->path, r->line);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

/* `\{3 text}`; the character after it */
static const char *add_repeated(struct reader *r, const char *s)
{
    char *text;
    unsigned long n = strtoul(s, &text, 10);
    const char *end = strchr(text, '}');

    if (text == s || *text != ' ' || !end || n < 1 || n > REPEAT_MAX)
        suite_mistake(r, "A repetition is \\{<1 to %d> <text>}.", REPEAT_MAX);
    for (text++; n > 0; n--)
        cs_buf_add(&r->text, text, (size_t)(end - text));
    return end + 1;
}

/* what follows a backslash; the character after it */
static const char *add_escape(struct reader *r, const char *s)
{
    static const char letters[] = "nrt0\\", bytes[] = "\n\r\t\0\\";
    const char *letter = *s ? strchr(letters, *s) : NULL;
    unsigned byte;

    if (letter) {
        cs_buf_add(&r->text, &bytes[letter - letters], 1);
        return s + 1;
    }
    if (*s == 'x' && strspn(s + 1, "0123456789abcdef") >= 2) {
        sscanf(s + 1, "%2x", &byte);
        cs_buf_add(&r->text, &(char){(char)byte}, 1);
        return s + 3;
    }
    if (*s == '{')
        return add_repeated(r, s + 1);
    suite_mistake(r, "There is no escape \\%c.", *s);
}

/* the text of a line with its escapes; whether its newline is there too */
static bool add_unescaped(struct reader *r, const char *s)
{
    while (*s) {
        size_t plain = strcspn(s, "\\");
        cs_buf_add(&r->text, s, plain);
        s += plain;
        if (strcmp(s, "\\") == 0)
            return false;
        if (*s)
            s = add_escape(r, s + 1);
    }
    return true;
}

static void add_line(struct reader *r, const char *s)
{
    bool newline = true;

    if (r->on_heading)
        suite_mistake(r, "The text of this part stands on its heading's line, and is all.");
    if (r->escaped)
        newline = add_unescaped(r, s);
    else
        cs_buf_adds(&r->text, s);
    if (newline)
        cs_buf_adds(&r->text, "\n");
}

/* a part ends with its last line; empty lines count only when something follows them */
static void end_part(struct reader *r, bool before_case)
{
    if (!r->part)
        return;
    for (int n = r->empty - (before_case && r->empty > 0); n > 0; n--)
        add_line(r, "");
    r->part->len = r->text.len;
    r->part->text = cs_alloc(r->arena, r->text.len + 1);
    if (r->text.len)
        memcpy(r->part->text, r->text.data, r->text.len);
    cs_buf_clear(&r->text);
    r->part = NULL;
    r->empty = 0;
}

static char *name_end(const struct reader *r, char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");

    if (!len)
        suite_mistake(r, "A name is made of a-z, 0-9, _ and -.");
    return name + len;
}

/* `== name` */
static void begin_case(struct reader *r, char *name)
{
    struct suite_case *c = &r->cases[r->n];

    end_part(r, true);
    if (*name_end(r, name))
        suite_mistake(r, "A case is `== name` and nothing else.");
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->cases[i].name, name) == 0)
            suite_mistake(r, "There is a case %s already.", name);
    if (r->n && !r->cases[r->n - 1].n_parts)
        suite_mistake(r, "The case above has no part.");
    c->name = name;
    c->where = cs_printf(r->arena, "%s:%d %s", r->path, r->line, name);
    r->n++;
}

/* `-- name`, `-- name: text`, `-- name (escaped)` or `-- name (escaped): text` */
static void begin_part(struct reader *r, char *name)
{
    static const char escaped[] = " (escaped)";
    struct suite_case *c = r->n ? &r->cases[r->n - 1] : NULL;
    char *end = name_end(r, name), *rest = end;

    if (!c || c->n_parts == SUITE_PARTS)
        suite_mistake(r, "A part belongs to a case, which has at most %d.", SUITE_PARTS);
    end_part(r, false);
    r->escaped = strncmp(rest, escaped, strlen(escaped)) == 0;
    if (r->escaped)
        rest += strlen(escaped);
    r->on_heading = strncmp(rest, ": ", 2) == 0;
    if (*rest && !r->on_heading)
        suite_mistake(r,
                      "A part is `-- name` or `-- name (escaped)`, and may go on with `: text`.");
    *end = '\0';
    if (suite_part(c, name))
        suite_mistake(r, "There is a part %s already.", name);
    r->part = &c->parts[c->n_parts++];
    r->part->name = name;
    if (r->on_heading && r->escaped)
        add_unescaped(r, rest + 2);
    else if (r->on_heading)
        cs_buf_adds(&r->text, rest + 2);
}

static void check_line(const struct reader *r, const char *line, size_t len)
{
    if (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
        suite_mistake(r, "White space at the end of a line is written \\x20 or \\t.");
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)line[i] < ' ' && line[i] != '\t')
            suite_mistake(r, "The byte \\x%02x is written as an escape.", (unsigned char)line[i]);
}

static void read_line(struct reader *r, char *line)
{
    if (strncmp(line, "== ", 3) == 0) {
        begin_case(r, line + 3);
    } else if (strncmp(line, "-- ", 3) == 0) {
        begin_part(r, line + 3);
    } else if (r->part && !*line) {
        r->empty++;
    } else if (r->part) {
        for (; r->empty > 0; r->empty--)
            add_line(r, "");
        add_line(r, line);
    }
}

static size_t count_lines(const char *s, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += s[i] == '\n';
    return n;
}

struct suite_case *suite_parse(struct cs_arena *a, const char *path, char *text, size_t len,
                               size_t *ret_n)
{
    struct reader r = {.arena = a, .path = path};

    r.cases = CS_NEW(a, struct suite_case, count_lines(text, len) + 1);
    for (char *line = text, *end; line < text + len; line = end + 1) {
        r.line++;
        end = memchr(line, '\n', (size_t)(text + len - line));
        if (!end)
            suite_mistake(&r, "The last line has no newline at its end.");
        check_line(&r, line, (size_t)(end - line));
        *end = '\0';
        read_line(&r, line);
    }
    end_part(&r, false);
    if (!r.n || !r.cases[r.n - 1].n_parts)
        suite_mistake(&r, "The suite or its last case is empty.");
    cs_buf_free(&r.text);
    *ret_n = r.n;
    return r.cases;
}

struct suite_case *suite_load(struct cs_arena *a, const char *what, size_t *ret_n)
{
    const char *path = cs_printf(a, "tests/data/%s.cases", what);
    size_t len;
    char *text = cs_file_read(a, cs_printf(a, "%s/%s.cases", CS_TEST_DATA, what), SUITE_MAX, &len);

    if (!text) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(1);
    }
    return suite_parse(a, path, text, len, ret_n);
}

const struct suite_part *suite_part(const struct suite_case *c, const char *name)
{
    for (size_t i = 0; i < c->n_parts; i++)
        if (strcmp(c->parts[i].name, name) == 0)
            return &c->parts[i];
    return NULL;
}
