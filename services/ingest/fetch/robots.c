/* robots.txt line by line: groups, their rules, and the rule that decides. */
#include "ingest/fetch/robots.h"

#include "base/buf.h"
#include "ingest/fetch/url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char agent[] = "chatsphere";

/* a key and its value, without comment and white space */
struct robots_line {
    const char *key, *value;
    size_t key_len, value_len;
};

static size_t text_trim(const char **s, size_t len)
{
    while (len && (**s == ' ' || **s == '\t'))
        ++*s, len--;
    while (len && ((*s)[len - 1] == ' ' || (*s)[len - 1] == '\t'))
        len--;
    return len;
}

/* The next line at *p, which moves behind it; false at the end. A line without a colon has an empty key. */
static bool line_next(const char **p, const char *end, struct robots_line *ret)
{
    const char *line = *p, *stop = line, *colon, *hash;

    if (line == end)
        return false;
    while (stop < end && *stop != '\n' && *stop != '\r')
        stop++;
    *p = stop < end ? stop + 1 : stop;
    hash = memchr(line, '#', (size_t)(stop - line));
    stop = hash ? hash : stop;
    colon = memchr(line, ':', (size_t)(stop - line));
    *ret = (struct robots_line){.key = line, .value = stop};
    if (!colon)
        return true;
    ret->key_len = text_trim(&ret->key, (size_t)(colon - line));
    ret->value = colon + 1;
    ret->value_len = text_trim(&ret->value, (size_t)(stop - colon - 1));
    return true;
}

static bool key_is(const struct robots_line *l, const char *name)
{
    return l->key_len == strlen(name) && strncasecmp(l->key, name, l->key_len) == 0;
}

/* 2: the line names this crawler; 1: all; 0: another one. A version behind the product token does not count. */
static int agent_rank(const struct robots_line *l)
{
    size_t n = 0;

    if (l->value_len == 1 && *l->value == '*')
        return 1;
    while (n < l->value_len &&
           (isalpha((unsigned char)l->value[n]) || l->value[n] == '-' || l->value[n] == '_'))
        n++;
    return n == sizeof(agent) - 1 && strncasecmp(l->value, agent, n) == 0 ? 2 : 0;
}

/* A rule without a path matches nothing. */
static void rule_add(struct cs_buf *out, const char *word, const struct robots_line *l)
{
    if (l->value_len && out->len + l->value_len < ROBOTS_RULES_MAX) {
        cs_buf_adds(out, word);
        url_escape(out, l->value, l->value_len);
        cs_buf_adds(out, "\n");
    }
}

static int delay_of(const struct robots_line *l)
{
    char number[16];

    snprintf(number, sizeof(number), "%.*s",
             (int)(l->value_len < sizeof(number) ? l->value_len : sizeof(number) - 1), l->value);
    double s = strtod(number, NULL);
    return s > 0 && s < ROBOTS_DELAY_MAX_MS / 1000.0 ? (int)(s * 1000)
           : s > 0                                   ? ROBOTS_DELAY_MAX_MS
                                                     : 0;
}

/* the groups of one rank, put together */
struct robots_group {
    struct cs_buf rules;
    int delay_ms;
    bool there;
};

static void group_line(struct robots_group *groups, int rank, const struct robots_line *l)
{
    struct robots_group *g = &groups[rank];

    if (key_is(l, "allow"))
        rule_add(&g->rules, "allow ", l);
    else if (key_is(l, "disallow"))
        rule_add(&g->rules, "disallow ", l);
    else if (key_is(l, "crawl-delay"))
        g->delay_ms = delay_of(l);
}

void robots_parse(struct cs_arena *a, const char *text, size_t len, struct robots *ret)
{
    struct robots_group groups[3] = {0};
    struct robots_line l;
    int rank = 0;
    bool in_agents = false;

    *ret = (struct robots){0};
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3, len -= 3;
    for (const char *p = text, *end = text + (len < ROBOTS_MAX ? len : ROBOTS_MAX);
         line_next(&p, end, &l);) {
        if (key_is(&l, "user-agent")) {
            int of_line = agent_rank(&l);
            rank = in_agents && rank > of_line ? rank : of_line;
            groups[rank].there = true;
            in_agents = true;
        } else if (key_is(&l, "sitemap")) {
            if (l.value_len && l.value_len <= URL_MAX && ret->n_sitemaps < ROBOTS_SITEMAPS)
                ret->sitemaps[ret->n_sitemaps++] = cs_strndup(a, l.value, l.value_len);
        } else if (l.key_len) {
            in_agents = false;
            if (rank)
                group_line(groups, rank, &l);
        }
    }
    const struct robots_group *g = &groups[groups[2].there ? 2 : 1];
    ret->rules = cs_strndup(a, g->rules.data ? g->rules.data : "", g->rules.len);
    ret->delay_ms = g->delay_ms;
    for (int i = 0; i < 3; i++)
        cs_buf_free(&groups[i].rules);
}

/* A star and a dollar of an address are escaped, as a rule writes them that means the characters themselves. */
static void path_literal(struct cs_buf *out, const char *path)
{
    for (; *path; path++) {
        if (*path == '*' || *path == '$')
            cs_buf_addf(out, "%%%02X", *path);
        else
            cs_buf_add(out, path, 1);
    }
}

bool robots_allow(const char *rules, const char *path)
{
    CS_BUF_AUTO struct cs_buf literal = {0};
    char pattern[URL_MAX + 1];
    size_t longest = 0;
    bool allowed = true;

    path_literal(&literal, path);
    for (const char *p = rules; *p;) {
        size_t line = strcspn(p, "\n"), word = strcspn(p, " ") + 1, len = line - word;
        bool allows = *p == 'a', longer = len > longest || (len == longest && allows && !allowed);
        if (longer && len < sizeof(pattern)) {
            memcpy(pattern, p + word, len);
            pattern[len] = '\0';
            if (url_match(pattern, literal.data)) {
                longest = len;
                allowed = allows;
            }
        }
        p += line + (p[line] == '\n');
    }
    return allowed;
}

unsigned robots_words(const char *text, size_t len)
{
    unsigned found = 0;

    for (size_t i = 0; i < len;) {
        size_t n = 0;
        while (i + n < len && !strchr(" ,\t\r\n:;", text[i + n]))
            n++;
        if ((n == 7 && strncasecmp(text + i, "noindex", n) == 0))
            found |= ROBOTS_NOINDEX;
        else if (n == 8 && strncasecmp(text + i, "nofollow", n) == 0)
            found |= ROBOTS_NOFOLLOW;
        else if (n == 4 && strncasecmp(text + i, "none", n) == 0)
            found |= ROBOTS_NOINDEX | ROBOTS_NOFOLLOW;
        i += n + 1;
    }
    return found;
}
