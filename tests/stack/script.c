/* A transcript is read line by line; the line's first word says what it adds to the step. */
#include "script.h"

#include "base/buf.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_STEPS = 2000 };

static int bad(const char *path, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", path, line, what);
    return -1;
}

/* METHOD /path, or $name, [as who] */
static int read_request(struct cs_arena *a, struct step *s, const char *text)
{
    char method[16], path[1024], who[64] = "";
    int n = sscanf(text, "%15s %1023s as %63s", method, path, who);

    if (n < 2 || (path[0] != '/' && path[0] != '$'))
        return -1;
    s->kind = STEP_REQUEST;
    s->method = cs_strdup(a, method);
    s->path = cs_strdup(a, path);
    s->as = n == 3 ? cs_strdup(a, who) : NULL;
    return 0;
}

/* behind a word and its number, if it begins so */
static const char *number_after(const char *text, const char *word, int *ret)
{
    size_t n = strlen(word);
    char *rest;

    if (strncmp(text, word, n) != 0)
        return text;
    *ret = (int)strtol(text + n, &rest, 10);
    return rest + strspn(rest, " ");
}

static int begin_step(struct cs_arena *a, struct step *s, const char *text, int line)
{
    *s = (struct step){.line = line};
    if (strncmp(text, "test ", 5) == 0) {
        s->name = cs_strdup(a, text + 5);
        return 0;
    }
    if (strncmp(text, "user ", 5) == 0) {
        s->kind = STEP_USER;
        s->name = cs_strdup(a, text + 5);
        return 0;
    }
    text = number_after(text, "eventually ", &s->eventually_s);
    text = number_after(text, "leave ", &s->leave_ms);
    return read_request(a, s, text);
}

static bool is_header(const char *text)
{
    size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");
    return n > 1 && text[n] == ':' && text[n + 1] == ' ';
}

static int add_sent(struct cs_arena *a, struct step *s, const char *text)
{
    char first[512], second[128] = "";

    if (!s->body && is_header(text)) {
        if (s->n_headers == 7)
            return -1;
        s->headers[s->n_headers++] = cs_strdup(a, text);
        return 0;
    }
    if (sscanf(text, "@file %511s %127s", first, second) >= 1) {
        s->file = cs_strdup(a, first);
        s->file_type = *second ? cs_strdup(a, second) : NULL;
        return 0;
    }
    if (sscanf(text, "@bytes %zu %c", &s->fill, &s->fill_with) == 2)
        return 0;
    s->body = s->body ? cs_printf(a, "%s\n%s", s->body, text) : cs_strdup(a, text);
    return 0;
}

/* JSON may go on over several "<" lines: a line that begins with a space belongs to the last one. */
static int add_expected(struct cs_arena *a, struct step *s, const char *text)
{
    if (*text == ' ' && s->n_expect > 0) {
        const char **last = &s->expect[s->n_expect - 1];
        *last = cs_printf(a, "%s%s", *last, text);
        return 0;
    }
    if (s->n_expect == sizeof(s->expect) / sizeof(s->expect[0]))
        return -1;
    s->expect[s->n_expect++] = cs_strdup(a, text);
    return 0;
}

static int add_line(struct cs_arena *a, struct script *sc, const char *text, int line)
{
    struct step *last = sc->n > 0 ? &sc->steps[sc->n - 1] : NULL;
    bool request = last && last->kind == STEP_REQUEST;

    if (text[0] == '>' && text[1] == ' ')
        return request ? add_sent(a, last, text + 2) : -1;
    if (text[0] == '<' && text[1] == ' ')
        return request ? add_expected(a, last, text + 2) : -1;
    if (sc->n == MAX_STEPS)
        return -1;
    return begin_step(a, &sc->steps[sc->n++], text, line);
}

int script_read(struct cs_arena *a, const char *path, struct script *ret)
{
    FILE *f = fopen(path, "re");
    char *text = NULL;
    size_t cap = 0;
    ssize_t n;
    int line = 0, rc = 0;

    if (!f)
        return bad(path, 0, "cannot be read");
    *ret = (struct script){.steps = CS_NEW(a, struct step, MAX_STEPS)};
    while (rc == 0 && (n = getline(&text, &cap, f)) > 0) {
        line++;
        while (n > 0 && isspace((unsigned char)text[n - 1]))
            text[--n] = '\0';
        if (n > 0 && text[0] != '#' && add_line(a, ret, text, line) != 0)
            rc = bad(path, line, "is no step of a transcript; script.h has the forms");
    }
    free(text);
    fclose(f);
    return rc;
}
