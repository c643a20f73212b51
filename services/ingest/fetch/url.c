/* Addresses by libcurl's parser, with what it leaves: escapes, empty paths and parameters that only count visitors. */
#include "ingest/fetch/url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PARSE = CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE };

/* ---- escapes ---- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool needs_no_escape(int c)
{
    return isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

void url_escape(struct cs_buf *out, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        int high = c == '%' && i + 2 < len ? hex_digit(s[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(s[i + 2]) : -1;
        bool literal = low < 0 && c > ' ' && c < 0x7f && !strchr("%\"<>\\^`{|}", c);

        if (low >= 0) {
            c = (unsigned char)(high * 16 + low);
            i += 2;
            literal = needs_no_escape(c);
        }
        if (literal)
            cs_buf_add(out, &c, 1);
        else
            cs_buf_addf(out, "%%%02X", c);
    }
}

static bool parameter_counts(const char *s, size_t len)
{
    static const char *const names[] = {"gclid", "fbclid", "msclkid", "mc_eid", "_ga"};
    size_t n = strcspn(s, "=");

    n = n < len ? n : len;
    if (n > 4 && strncasecmp(s, "utm_", 4) == 0)
        return true;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (strlen(names[i]) == n && strncasecmp(s, names[i], n) == 0)
            return true;
    return false;
}

static void add_query(struct cs_buf *out, const char *query)
{
    char before = '?';

    for (const char *p = query; p && *p; p += *p == '&') {
        size_t n = strcspn(p, "&");
        if (n && !parameter_counts(p, n)) {
            cs_buf_add(out, &before, 1);
            url_escape(out, p, n);
            before = '&';
        }
        p += n;
    }
}

/* ---- the form ---- */

static char *part_get(CURLU *u, CURLUPart part, unsigned flags)
{
    char *text = NULL;

    return curl_url_get(u, part, &text, flags) == CURLUE_OK ? text : NULL;
}

static const char *url_refuse(const char *scheme, const char *host, const char *user)
{
    if (!scheme || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
        return "The URL must begin with http:// or https://.";
    if (user)
        return "The URL must not contain a user name or a password.";
    for (const char *c = host; c && *c; c++)
        if ((unsigned char)*c >= 0x80 || *c == '%')
            return "The name of the host must be in ASCII, as a browser copies it: xn--… for other "
                   "letters.";
    if (!host || !*host || strpbrk(host, " \t\"<>%\\^`{|}"))
        return "The URL must name a host.";
    return NULL;
}

static void url_put(struct cs_buf *out, CURLU *u, const char *scheme, const char *host)
{
    char *port = part_get(u, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT),
         *path = part_get(u, CURLUPART_PATH, 0), *query = part_get(u, CURLUPART_QUERY, 0);

    cs_buf_addf(out, "%s://", scheme);
    for (const char *c = host; *c; c++)
        cs_buf_add(out, &(char){(char)tolower((unsigned char)*c)}, 1);
    if (port)
        cs_buf_addf(out, ":%s", port);
    url_escape(out, path && *path ? path : "/", path && *path ? strlen(path) : 1);
    add_query(out, query);
    curl_free(port);
    curl_free(path);
    curl_free(query);
}

static char *url_form(struct cs_arena *a, CURLU *u, const char **reason)
{
    char *scheme = part_get(u, CURLUPART_SCHEME, 0), *host = part_get(u, CURLUPART_HOST, 0),
         *user = part_get(u, CURLUPART_USER, 0), *password = part_get(u, CURLUPART_PASSWORD, 0),
         *form = NULL;
    struct cs_buf out = {0};

    *reason = url_refuse(scheme, host, user ? user : password);
    if (!*reason) {
        url_put(&out, u, scheme, host);
        if (out.len > URL_MAX)
            *reason = "The URL must have at most 2,000 bytes.";
        else
            form = cs_strndup(a, out.data, out.len);
    }
    cs_buf_free(&out);
    curl_free(scheme);
    curl_free(host);
    curl_free(user);
    curl_free(password);
    return form;
}

/* Escaped dots are dots by now, so a segment may be one that leads upwards: it is resolved as well. */
static char *url_settle(struct cs_arena *a, char *form, const char **reason)
{
    if (!form || !strstr(url_path(form), "/."))
        return form;
    CURLU *u = curl_url();
    char *settled = u && curl_url_set(u, CURLUPART_URL, form, PARSE) == CURLUE_OK
                        ? url_form(a, u, reason)
                        : NULL;
    curl_url_cleanup(u);
    return settled;
}

/* the part of a text without white space and control characters at its ends */
static char *text_trimmed(struct cs_arena *a, const char *s, size_t len)
{
    while (len && (unsigned char)*s <= ' ')
        s++, len--;
    while (len && (unsigned char)s[len - 1] <= ' ')
        len--;
    return cs_strndup(a, s, len);
}

char *url_of_user(struct cs_arena *a, const char *text, const char **reason)
{
    size_t len = strlen(text);

    *reason = "The URL must have at most 2,000 bytes.";
    if (len > URL_MAX)
        return NULL;
    char *trimmed = text_trimmed(a, text, len), *form = NULL;
    if (!strstr(trimmed, "://") && !strpbrk(trimmed, " @"))
        trimmed = cs_printf(a, "https://%s", trimmed);
    CURLU *u = curl_url();
    *reason = "The URL is malformed.";
    if (u && curl_url_set(u, CURLUPART_URL, trimmed, PARSE) == CURLUE_OK)
        form = url_form(a, u, reason);
    curl_url_cleanup(u);
    return url_settle(a, form, reason);
}

/* a link of another kind than a page: mail, script, telephone */
static bool link_has_scheme(const char *link)
{
    size_t n = strcspn(link, ":/?#");

    return link[n] == ':' && strncasecmp(link, "http:", 5) != 0 &&
           strncasecmp(link, "https:", 6) != 0;
}

char *url_resolve(struct cs_arena *a, const char *base, const char *link, size_t len)
{
    const char *reason;
    char *form = NULL;

    if (len > URL_MAX)
        return NULL;
    char *trimmed = text_trimmed(a, link, len);
    trimmed[strcspn(trimmed, "#")] = '\0';
    if (link_has_scheme(trimmed) || strpbrk(trimmed, "\r\n\t"))
        return NULL;
    CURLU *u = curl_url();
    if (u && curl_url_set(u, CURLUPART_URL, base, PARSE) == CURLUE_OK &&
        (!*trimmed || curl_url_set(u, CURLUPART_URL, trimmed, PARSE) == CURLUE_OK))
        form = url_form(a, u, &reason);
    curl_url_cleanup(u);
    return url_settle(a, form, &reason);
}

/* ---- its parts ---- */

const char *url_path(const char *url)
{
    const char *host = strstr(url, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;

    return path ? path : "/";
}

char *url_origin(struct cs_arena *a, const char *url)
{
    const char *host = strstr(url, "://");

    return cs_strndup(a, url, host ? (size_t)(host + 3 - url) + strcspn(host + 3, "/?") : 0);
}

bool url_has_origin(const char *url, const char *origin)
{
    size_t n = strlen(origin);

    return strncmp(url, origin, n) == 0 && (url[n] == '/' || url[n] == '\0');
}

char *url_host(struct cs_arena *a, const char *url, int *ret_port)
{
    const char *host = strstr(url, "://");
    size_t n, whole;

    host = host ? host + 3 : url;
    whole = strcspn(host, "/?");
    n = *host == '[' ? strcspn(host, "]/") + 1 : strcspn(host, ":/?");
    n = n < whole ? n : whole;
    *ret_port = host[n] == ':'                     ? (int)strtol(host + n + 1, NULL, 10)
                : strncmp(url, "https://", 8) == 0 ? 443
                                                   : 80;
    return cs_strndup(a, host, n);
}

bool url_is_asset(const char *url)
{
    static const char *const suffixes =
        " .png .jpg .jpeg .gif .svg .webp .avif .ico .bmp .tif .tiff .css .js .mjs .map .woff "
        ".woff2 .ttf .otf .eot"
        " .mp3 .mp4 .m4a .m4v .ogg .oga .ogv .wav .webm .avi .mov .flac .exe .dll .msi .dmg .iso "
        ".img .deb .rpm .apk"
        " .jar .war .tar .gz .tgz .bz2 .xz .7z .rar .zip .swf .wasm .bin .rss .atom ";
    const char *path = url_path(url), *dot = NULL;
    size_t n = strcspn(path, "?");
    char word[16];

    for (size_t i = 0; i < n; i++)
        dot = path[i] == '.' ? path + i : path[i] == '/' ? NULL : dot;
    if (!dot || (size_t)(path + n - dot) > sizeof(word) - 3)
        return false;
    snprintf(word, sizeof(word), " %.*s ", (int)(path + n - dot), dot);
    return strcasestr(suffixes, word) != NULL;
}

/* ---- patterns ---- */

/* One pass: each part between two stars is looked for behind the one before it. */
bool url_match(const char *pattern, const char *path)
{
    size_t n = strlen(pattern);
    bool anchored = n && pattern[n - 1] == '$';
    const char *end = pattern + n - anchored;
    size_t part = strcspn(pattern, "*");

    part = part < (size_t)(end - pattern) ? part : (size_t)(end - pattern);
    if (strncmp(pattern, path, part) != 0)
        return false;
    pattern += part;
    path += part;
    while (pattern < end) {
        size_t left = strlen(path), room = (size_t)(end - ++pattern);
        part = strcspn(pattern, "*");
        part = part < room ? part : room;
        if (anchored && part == room)
            return left >= part && memcmp(path + left - part, pattern, part) == 0;
        const char *at = memmem(path, left, pattern, part);
        if (!at)
            return false;
        path = at + part;
        pattern += part;
    }
    return !anchored || !*path;
}

bool url_match_user(struct cs_arena *a, const char *pattern, const char *url)
{
    if (strstr(pattern, "://"))
        return url_match(pattern, url);
    if (*pattern == '/')
        return url_match(pattern, url_path(url));
    return url_match(cs_printf(a, "*%s", pattern), url_path(url));
}
