/* A scanner of tags and their attributes, in one pass over the page. */
#include "ingest/fetch/page.h"

#include "base/utf8.h"
#include "ingest/fetch/reference.h"
#include "ingest/fetch/robots.h"
#include "ingest/fetch/url.h"

#include <iconv.h>
#include <string.h>
#include <strings.h>

enum { TITLE_MAX = 2000, CHARSET = 32 };

/* a part of the page */
struct slice {
    const char *at;
    size_t len;
};

/* the attributes of a tag that are of use; those of length 0 are absent */
struct attributes {
    struct slice href, rel, name, content, charset, http_equiv;
};

struct page_scan {
    struct cs_arena *arena;
    struct page_links *found;
    const char *p, *end;
    struct slice title;
    char charset[CHARSET];
};

static bool slice_is(struct slice s, const char *word)
{
    return s.len == strlen(word) && strncasecmp(s.at, word, s.len) == 0;
}

/* one of words that white space or commas separate */
static bool slice_has(struct slice s, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i + n <= s.len; i++)
        if (strncasecmp(s.at + i, word, n) == 0 && (i == 0 || strchr(" ,\t\n", s.at[i - 1])) &&
            (i + n == s.len || strchr(" ,\t\n", s.at[i + n])))
            return true;
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* ---- tags ---- */

static struct slice scan_while_name(struct page_scan *s)
{
    struct slice name = {.at = s->p};

    while (s->p < s->end && !is_space(*s->p) && *s->p != '>' && *s->p != '/' && *s->p != '=')
        s->p++;
    name.len = (size_t)(s->p - name.at);
    return name;
}

static struct slice scan_value(struct page_scan *s)
{
    struct slice value = {.at = s->p};
    char quote = s->p < s->end ? *s->p : '\0';

    if (quote == '"' || quote == '\'') {
        value.at = ++s->p;
        const char *close = memchr(s->p, quote, (size_t)(s->end - s->p));
        s->p = close ? close : s->end;
        value.len = (size_t)(s->p - value.at);
        s->p += close != NULL;
        return value;
    }
    while (s->p < s->end && !is_space(*s->p) && *s->p != '>')
        s->p++;
    value.len = (size_t)(s->p - value.at);
    return value;
}

static void attribute_keep(struct attributes *at, struct slice name, struct slice value)
{
    struct {
        const char *name;
        struct slice *slot;
    } slots[] = {{"href", &at->href},       {"rel", &at->rel},
                 {"name", &at->name},       {"content", &at->content},
                 {"charset", &at->charset}, {"http-equiv", &at->http_equiv}};

    for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++)
        if (slice_is(name, slots[i].name) && !slots[i].slot->at)
            *slots[i].slot = value;
}

/* The attributes up to the end of the tag, and behind it. */
static struct attributes scan_attributes(struct page_scan *s)
{
    struct attributes at = {0};

    for (;;) {
        while (s->p < s->end && (is_space(*s->p) || *s->p == '/'))
            s->p++;
        if (s->p == s->end || *s->p == '>')
            break;
        struct slice name = scan_while_name(s), value = {0};
        const char *q = s->p;
        while (q < s->end && is_space(*q))
            q++;
        if (q < s->end && *q == '=') {
            s->p = q + 1;
            while (s->p < s->end && is_space(*s->p))
                s->p++;
            value = scan_value(s);
        }
        attribute_keep(&at, name, value);
    }
    s->p += s->p < s->end;
    return at;
}

/* behind the text, or at the end */
static void scan_past(struct page_scan *s, const char *text)
{
    const char *at = memmem(s->p, (size_t)(s->end - s->p), text, strlen(text));

    s->p = at ? at + strlen(text) : s->end;
}

/* The content of an element without tags, up to its end tag. */
static struct slice scan_raw(struct page_scan *s, const char *name)
{
    struct slice raw = {.at = s->p};
    size_t n = strlen(name);

    for (; (s->p = memchr(s->p, '<', (size_t)(s->end - s->p))); s->p++)
        if ((size_t)(s->end - s->p) > n + 1 && s->p[1] == '/' &&
            strncasecmp(s->p + 2, name, n) == 0)
            break;
    if (!s->p)
        s->p = s->end;
    raw.len = (size_t)(s->p - raw.at);
    return raw;
}

/* ---- what they say ---- */

static void charset_keep(struct page_scan *s, struct slice name)
{
    if (!s->charset[0] && name.len && name.len < CHARSET)
        snprintf(s->charset, CHARSET, "%.*s", (int)name.len, name.at);
}

static void on_meta(struct page_scan *s, const struct attributes *at)
{
    static const char key[] = "charset=";

    charset_keep(s, at->charset);
    if (slice_is(at->name, "robots") || slice_is(at->name, "chatsphere"))
        s->found->robots |= robots_words(at->content.at, at->content.len);
    if (!slice_is(at->http_equiv, "content-type"))
        return;
    for (size_t i = 0; i + sizeof(key) - 1 < at->content.len; i++)
        if (strncasecmp(at->content.at + i, key, sizeof(key) - 1) == 0)
            charset_keep(s, (struct slice){at->content.at + i + sizeof(key) - 1,
                                           at->content.len - i - sizeof(key) + 1});
}

static void on_link(struct page_scan *s, const struct attributes *at)
{
    struct page_links *f = s->found;

    if (at->href.at && at->href.len <= URL_MAX && f->n < PAGE_LINKS &&
        !slice_has(at->rel, "nofollow"))
        f->links[f->n++] = reference_decode(s->arena, at->href.at, at->href.len);
}

static void on_tag(struct page_scan *s, struct slice name, const struct attributes *at)
{
    static const char *const raw[] = {"script", "style",   "textarea", "xmp",
                                      "iframe", "noembed", "noframes"};

    if (slice_is(name, "a") || slice_is(name, "area"))
        on_link(s, at);
    else if (slice_is(name, "meta"))
        on_meta(s, at);
    else if (slice_is(name, "base") && at->href.len && at->href.len <= URL_MAX && !s->found->base)
        s->found->base = reference_decode(s->arena, at->href.at, at->href.len);
    else if (slice_is(name, "title") && !s->title.at)
        s->title = scan_raw(s, "title");
    for (size_t i = 0; i < sizeof(raw) / sizeof(*raw); i++)
        if (slice_is(name, raw[i]))
            scan_raw(s, raw[i]);
}

/* ---- the title ---- */

/* in UTF-8; NULL when its encoding is unknown */
static char *title_utf8(struct page_scan *s, char *text)
{
    size_t len = strlen(text), room = len * 4;
    char *in = text, *out = cs_alloc(s->arena, room + 1), *w = out;

    if (cs_utf8_check(text, len) == len)
        return text;
    iconv_t cd = s->charset[0] ? iconv_open("UTF-8", s->charset) : (iconv_t)-1;
    if (cd == (iconv_t)-1)
        return NULL;
    bool done = iconv(cd, &in, &len, &w, &room) != (size_t)-1;
    iconv_close(cd);
    *w = '\0';
    return done ? out : NULL;
}

/* White space is one blank, control characters are none. */
static void title_flatten(char *text)
{
    char *w = text;

    for (char *p = text; *p; p++) {
        bool blank = (unsigned char)*p <= ' ' || *p == 0x7f;
        if (!blank)
            *w++ = *p;
        else if (w > text && w[-1] != ' ')
            *w++ = ' ';
    }
    while (w > text && w[-1] == ' ')
        w--;
    *w = '\0';
}

static void title_set(struct page_scan *s)
{
    size_t len = s->title.len;
    char *text;

    if (!s->title.at || !len)
        return;
    if (len > TITLE_MAX)
        len = cs_utf8_cut(s->title.at, len, TITLE_MAX);
    text = reference_decode(s->arena, s->title.at, len);
    text = title_utf8(s, text);
    if (!text)
        return;
    title_flatten(text);
    if (!cs_utf8_blank(text, strlen(text)))
        s->found->title = text;
}

void page_scan(struct cs_arena *a, const char *html, size_t len, const char *charset,
               struct page_links *ret)
{
    struct page_scan s = {.arena = a, .found = ret, .p = html, .end = html + len};

    *ret = (struct page_links){.links = CS_NEW(a, char *, PAGE_LINKS)};
    if (charset)
        charset_keep(&s, (struct slice){charset, strlen(charset)});
    while ((s.p = memchr(s.p, '<', (size_t)(s.end - s.p)))) {
        if (++s.p == s.end)
            break;
        if (s.end - s.p >= 3 && memcmp(s.p, "!--", 3) == 0) {
            scan_past(&s, "-->");
        } else if (((unsigned)*s.p | 0x20) - 'a' < 26) {
            struct slice name = scan_while_name(&s);
            struct attributes at = scan_attributes(&s);
            on_tag(&s, name, &at);
        }
    }
    title_set(&s);
}
