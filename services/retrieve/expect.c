/* Words of both texts in one line each, so that a part is a part of a string. */
#include "retrieve/expect.h"

#include "base/buf.h"
#include "text/word.h"

#include <string.h>
#include <strings.h>

#define BETWEEN_WORDS "\x1f"
#define BETWEEN_HEADINGS "\x1e"

/* A part of an identifier stands in it already, and a single character in pairs where others are beside it. */
static void line_add(void *state, const struct cs_word *w)
{
    struct cs_buf *line = state;

    if (w->kind == CS_WORD_PART || w->kind == CS_WORD_LONE || w->kind == CS_WORD_SINGLE)
        return;
    cs_buf_add(line, w->text, w->len);
    cs_buf_adds(line, BETWEEN_WORDS);
}

static void line_of(struct cs_buf *line, const char *text, size_t len)
{
    cs_buf_adds(line, BETWEEN_WORDS);
    cs_words(text, len, line_add, line);
}

static bool text_fits(const char *expected, const char *text)
{
    CS_BUF_AUTO struct cs_buf want = {0}, have = {0};
    size_t empty = sizeof(BETWEEN_WORDS) - 1;

    line_of(&want, expected, strlen(expected));
    line_of(&have, text, strlen(text));
    if (want.len == empty) /* a sign, or a single character */
        return strstr(text, expected);
    if (have.len == empty)
        return false;
    return strstr(have.data, want.data) || strstr(want.data, have.data);
}

/* A path "Guide > Install" as words with marks around each heading. */
static void headings_of(struct cs_buf *out, const char *path)
{
    static const char between[] = " > ";

    cs_buf_adds(out, BETWEEN_HEADINGS);
    for (const char *end; *path; path = *end ? end + sizeof(between) - 1 : end) {
        end = strstr(path, between);
        end = end ? end : path + strlen(path);
        line_of(out, path, (size_t)(end - path));
        cs_buf_adds(out, BETWEEN_HEADINGS);
    }
}

static bool heading_fits(const char *expected, const char *path)
{
    CS_BUF_AUTO struct cs_buf want = {0}, have = {0};

    headings_of(&want, expected);
    headings_of(&have, path ? path : "");
    return want.len > sizeof(BETWEEN_HEADINGS) - 1 && strstr(have.data, want.data);
}

bool expect_some(const ExpectedPassage *e)
{
    return e && (e->text || e->document_id || e->document_name || e->heading);
}

bool expect_fits(const ExpectedPassage *e, const Hit *hit)
{
    return (!e->document_id || strcasecmp(e->document_id, hit->document_id) == 0) &&
           (!e->document_name || strcmp(e->document_name, hit->document_name) == 0) &&
           (!e->heading || heading_fits(e->heading, hit->heading_path)) &&
           (!e->text || text_fits(e->text, hit->text));
}

int expect_rank(const ExpectedPassage *e, Hit *const *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (expect_fits(e, items[i]))
            return (int)i + 1;
    return 0;
}
