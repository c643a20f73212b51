/* Lines are classified one by one, and paragraphs are cut into sentences. */
#include "chat/units.h"

#include "text/sentence.h"

#include <ctype.h>
#include <string.h>

/* A passage being taken apart; para is the paragraph that is being gathered. */
struct parse {
    struct unit *units;
    size_t n;
    const char *para, *para_end; /* NULL: none */
    enum unit_kind kind;         /* of its first sentence */
    const char *fence;           /* where the open fence began, or NULL */
};

static void unit_add(struct parse *p, const char *at, const char *end, enum unit_kind kind,
                     bool opens)
{
    while (at < end && kind != UNIT_CODE && isspace((unsigned char)*at))
        at++;
    while (at < end && isspace((unsigned char)end[-1]))
        end--;
    if (at < end && p->n < MAX_UNITS)
        p->units[p->n++] = (struct unit){at, (size_t)(end - at), kind, opens};
}

static void end_paragraph(struct parse *p)
{
    const char *at = p->para, *next;
    enum unit_kind kind = p->kind;

    if (!at)
        return;
    for (; at < p->para_end; at = next) {
        next = at + cs_sentence_len(at, (size_t)(p->para_end - at));
        unit_add(p, at, next, kind, at == p->para);
        kind = UNIT_SENTENCE;
    }
    p->para = NULL;
}

/* a list item or a table row */
static bool is_line(const char *s, const char *end)
{
    size_t digits = 0;

    if (end - s >= 2 && strchr("-*+|", *s) && (*s == '|' || s[1] == ' '))
        return true;
    while (s + digits < end && digits < 3 && isdigit((unsigned char)s[digits]))
        digits++;
    return digits > 0 && end - s > (ptrdiff_t)digits + 1 && strchr(".)", s[digits]) &&
           s[digits + 1] == ' ';
}

static void open_paragraph(struct parse *p, const char *at, const char *end, enum unit_kind kind)
{
    end_paragraph(p);
    p->para = at;
    p->para_end = end;
    p->kind = kind;
}

static void take_line(struct parse *p, const char *line, const char *end)
{
    const char *s = line;

    while (s < end && isspace((unsigned char)*s))
        s++;
    bool fence = end - s >= 3 && (strncmp(s, "```", 3) == 0 || strncmp(s, "~~~", 3) == 0);
    bool rule = strspn(s, "|-: =*_") >= (size_t)(end - s); /* under a table's head */
    if (fence && p->fence) {
        unit_add(p, p->fence, end, UNIT_CODE, true);
        p->fence = NULL;
    } else if (fence) {
        end_paragraph(p);
        p->fence = s;
    } else if (p->fence) {
        return;
    } else if (s == end || *s == '#' || rule) {
        end_paragraph(p);
    } else if (is_line(s, end)) {
        open_paragraph(p, s, end, UNIT_LINE);
    } else if (!p->para) {
        open_paragraph(p, s, end, UNIT_SENTENCE);
    } else {
        p->para_end = end;
    }
}

size_t units_of(const char *text, struct unit units[MAX_UNITS])
{
    struct parse p = {.units = units};
    const char *line = text, *end;

    for (; *line; line = *end ? end + 1 : end) {
        end = line + strcspn(line, "\n");
        take_line(&p, line, end);
    }
    end_paragraph(&p);
    if (p.fence)
        unit_add(&p, p.fence, line, UNIT_CODE, true);
    return p.n;
}
