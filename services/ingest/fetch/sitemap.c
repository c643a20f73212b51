/* A scanner that is fed a sitemap piece by piece, as zlib inflates it: no tree, and one element at a time. */
#include "ingest/fetch/sitemap.h"

#include "ingest/fetch/reference.h"
#include "ingest/fetch/url.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

enum { PIECE = 64 * 1024, NAME = 32 };

enum scan_state {
    SCAN_START, /* before the first byte that is no white space */
    SCAN_LINES,
    SCAN_TEXT,
    SCAN_NAME, /* of a tag, or the beginning of a comment or of CDATA */
    SCAN_TAG,  /* behind the name */
    SCAN_COMMENT,
    SCAN_CDATA,
};

struct scan {
    struct cs_arena *arena;
    struct sitemap *found;
    size_t max;
    enum scan_state state;
    char name[NAME];
    size_t name_len;
    char last[2];       /* bytes before this one, for the ends of comments and of CDATA */
    bool in_loc, known; /* known: an element of sitemaps was seen */
    char loc[URL_MAX + 1];
    size_t loc_len; /* more than URL_MAX: too long to be kept */
};

static void scan_keep(struct scan *s, const char *text, size_t len)
{
    struct sitemap *f = s->found;
    char *url = reference_decode(s->arena, text, len);

    url += strspn(url, " \t\r\n");
    url[strcspn(url, " \t\r\n")] = '\0';
    if (!*url)
        return;
    if (f->n == s->max)
        f->cut = true;
    else
        f->urls[f->n++] = url;
}

static void loc_end(struct scan *s)
{
    if (s->in_loc && s->loc_len <= URL_MAX)
        scan_keep(s, s->loc, s->loc_len);
    s->in_loc = false;
    s->loc_len = 0;
}

static void loc_add(struct scan *s, char c)
{
    if (s->loc_len < URL_MAX)
        s->loc[s->loc_len] = c;
    s->loc_len += s->loc_len <= URL_MAX;
}

static bool name_is(const struct scan *s, const char *name)
{
    return s->name_len == strlen(name) && strncasecmp(s->name, name, s->name_len) == 0;
}

/* the name of a tag is complete */
static void tag_begin(struct scan *s)
{
    loc_end(s);
    s->in_loc = name_is(s, "loc");
    s->found->index = s->found->index || name_is(s, "sitemapindex");
    s->known = s->known || name_is(s, "sitemapindex") || name_is(s, "urlset");
}

static void scan_name(struct scan *s, char c)
{
    if (c == '>' || strchr(" \t\r\n", c)) {
        tag_begin(s);
        s->state = c == '>' ? SCAN_TEXT : SCAN_TAG;
        return;
    }
    if (s->name_len < NAME)
        s->name[s->name_len++] = c;
    if (s->name_len == 3 && memcmp(s->name, "!--", 3) == 0)
        s->state = SCAN_COMMENT;
    else if (s->name_len == 8 && memcmp(s->name, "![CDATA[", 8) == 0)
        s->state = SCAN_CDATA;
    s->last[0] = s->last[1] = '\0';
}

static void scan_line(struct scan *s, char c)
{
    if (c != '\n' && c != '\r') {
        s->in_loc = true;
        loc_add(s, c);
    } else {
        loc_end(s);
    }
}

static void scan_cdata(struct scan *s, char c)
{
    if (c == '>' && s->last[0] == ']' && s->last[1] == ']') {
        s->state = SCAN_TEXT;
        s->loc_len = s->loc_len <= URL_MAX && s->loc_len >= 2 ? s->loc_len - 2 : s->loc_len;
    } else if (s->in_loc) {
        loc_add(s, c);
    }
}

static void scan_byte(struct scan *s, char c)
{
    switch (s->state) {
    case SCAN_START:
        if (c == '<')
            s->state = SCAN_NAME;
        else if (!strchr(" \t\r\n\xef\xbb\xbf", c) || c == '\0')
            s->state = SCAN_LINES;
        if (s->state == SCAN_LINES)
            scan_line(s, c);
        return;
    case SCAN_LINES: scan_line(s, c); return;
    case SCAN_TEXT:
        if (c == '<') {
            s->state = SCAN_NAME;
            s->name_len = 0;
        } else if (s->in_loc) {
            loc_add(s, c);
        }
        return;
    case SCAN_NAME: scan_name(s, c); return;
    case SCAN_TAG:
        if (c == '>')
            s->state = SCAN_TEXT;
        return;
    case SCAN_COMMENT:
        if (c == '>' && s->last[0] == '-' && s->last[1] == '-')
            s->state = SCAN_TEXT;
        break;
    case SCAN_CDATA: scan_cdata(s, c);
    }
    s->last[0] = s->last[1];
    s->last[1] = c;
}

static void scan_feed(struct scan *s, const char *p, size_t len)
{
    for (size_t i = 0; i < len && !s->found->cut; i++)
        scan_byte(s, p[i]);
}

/* What can be inflated is read; the rest is cut. */
static void scan_inflate(struct scan *s, const char *body, size_t len)
{
    unsigned char piece[PIECE];
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)body, .avail_in = (unsigned)len};
    int r = inflateInit2(&z, 16 + MAX_WBITS);

    while (r == Z_OK && !s->found->cut) {
        z.next_out = piece;
        z.avail_out = PIECE;
        r = inflate(&z, Z_NO_FLUSH);
        scan_feed(s, (char *)piece, PIECE - z.avail_out);
        if (z.total_out > SITEMAP_MAX || (r != Z_OK && r != Z_STREAM_END))
            s->found->cut = true;
    }
    inflateEnd(&z);
}

bool sitemap_parse(struct cs_arena *a, const char *body, size_t len, size_t max,
                   struct sitemap *ret)
{
    struct scan s = {.arena = a, .found = ret, .max = max};

    *ret = (struct sitemap){.urls = CS_NEW(a, char *, max)};
    if (len > 2 && memcmp(body, "\x1f\x8b", 2) == 0)
        scan_inflate(&s, body, len);
    else
        scan_feed(&s, body, len < SITEMAP_MAX ? len : SITEMAP_MAX);
    if (s.state == SCAN_LINES) {
        loc_end(&s);
        size_t good = 0;
        for (size_t i = 0; i < ret->n; i++)
            good += strncmp(ret->urls[i], "http://", 7) == 0 ||
                    strncmp(ret->urls[i], "https://", 8) == 0;
        return ret->n > 0 && good == ret->n;
    }
    return s.known;
}
