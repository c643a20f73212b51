/* Origins and base URLs, taken apart by libcurl and put together in their normal form. */
#include "bot/origin.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

static void text_freep(char **s)
{
    curl_free(*s);
}

static void url_freep(CURLU **u)
{
    curl_url_cleanup(*u);
}

#define TEXT_AUTO __attribute__((cleanup(text_freep))) char *
#define URL_AUTO __attribute__((cleanup(url_freep))) CURLU *

/* NULL when absent */
static char *url_part(CURLU *u, CURLUPart what, unsigned flags)
{
    char *s = NULL;

    return curl_url_get(u, what, &s, flags) == CURLUE_OK ? s : NULL;
}

static bool url_parse(CURLU *u, const char *s)
{
    TEXT_AUTO scheme = NULL;

    /* printable ASCII only: what parsers disagree about is refused before they see it */
    for (const char *p = s; *p; p++)
        if (*p <= ' ' || *p >= 0x7f || strchr("\\\"<>^`{|}?#", *p))
            return false;
    if (curl_url_set(u, CURLUPART_URL, s, CURLU_DISALLOW_USER) != CURLUE_OK)
        return false;
    scheme = url_part(u, CURLUPART_SCHEME, 0);
    return scheme && (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
}

/* Bytes of s without slashes at its end and without the path of a call before them. */
static size_t base_url_length(const char *s, size_t n)
{
    static const char *const calls[] = {"/chat/completions", "/completions", "/embeddings",
                                        "/v1/messages",      "/api/chat",    "/api/embed",
                                        "/api/generate",     "/responses",   "/models"};

    while (n > 0 && s[n - 1] == '/')
        n--;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        size_t len = strlen(calls[i]);
        if (n > len && memcmp(s + n - len, calls[i], len) == 0)
            return base_url_length(s, n - len);
    }
    return n;
}

const struct cs_base_url *cs_base_url(struct cs_arena *a, const char *s)
{
    static const char blanks[] = " \t\r\n";
    struct cs_base_url *base = CS_NEW(a, struct cs_base_url, 1);
    URL_AUTO u = curl_url();
    TEXT_AUTO host = NULL;
    TEXT_AUTO port = NULL;
    size_t n;

    s += strspn(s, blanks);
    for (n = strlen(s); n > 0 && strchr(blanks, s[n - 1]);)
        n--;
    base->url = cs_strndup(a, s, base_url_length(s, n));
    if (!u || !url_parse(u, base->url))
        return NULL;
    host = url_part(u, CURLUPART_HOST, 0);
    port = url_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if (!host || !port)
        return NULL;
    base->host = cs_strdup(a, host);
    base->port = (int)strtol(port, NULL, 10);
    return base;
}

char *cs_origin_normal(struct cs_arena *a, const char *s)
{
    URL_AUTO u = curl_url();
    TEXT_AUTO scheme = NULL;
    TEXT_AUTO host = NULL;
    TEXT_AUTO port = NULL;
    const char *after = strstr(s, "://");
    char *origin;

    if (!u || !after || strlen(s) > CS_ORIGIN_MAX || strchr(after + 3, '/') || !url_parse(u, s))
        return NULL;
    scheme = url_part(u, CURLUPART_SCHEME, 0);
    host = url_part(u, CURLUPART_HOST, 0);
    port = url_part(u, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
    if (!scheme || !host)
        return NULL;
    origin = cs_printf(a, "%s://%s%s%s", scheme, host, port ? ":" : "", port ? port : "");
    for (char *p = origin; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return origin;
}

bool cs_origin_own(const char *origin, const char *host)
{
    const char *after = origin ? strstr(origin, "://") : NULL;

    return after && host && strcasecmp(after + 3, host) == 0;
}

bool cs_bot_allows_origin(struct cs_arena *a, const Bot *bot, const char *origin, const char *host)
{
    const char *normal = origin ? cs_origin_normal(a, origin) : NULL;

    if (bot->n_allowed_origins == 0 || cs_origin_own(origin, host))
        return true;
    for (size_t i = 0; normal && i < bot->n_allowed_origins; i++)
        if (strcmp(bot->allowed_origins[i], normal) == 0)
            return true;
    return false;
}
