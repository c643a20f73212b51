#include "bot-store/origin.h"

#include <ctype.h>
#include <curl/curl.h>
#include <string.h>

static void freep(char **s)
{
    curl_free(*s);
}

static void cleanupp(CURLU **u)
{
    curl_url_cleanup(*u);
}

#define TEXT_AUTO __attribute__((cleanup(freep))) char *
#define URL_AUTO __attribute__((cleanup(cleanupp))) CURLU *

/* NULL when absent */
static char *part(CURLU *u, CURLUPart what, unsigned flags)
{
    char *s = NULL;

    return curl_url_get(u, what, &s, flags) == CURLUE_OK ? s : NULL;
}

/* printable ASCII only: what parsers disagree about is refused before they see it */
static bool plain(const char *s)
{
    for (; *s; s++)
        if (*s <= ' ' || *s >= 0x7f || strchr("\\\"<>^`{|}", *s))
            return false;
    return true;
}

static bool parse(CURLU *u, const char *s)
{
    TEXT_AUTO scheme = NULL;

    if (!plain(s) || strpbrk(s, "?#") ||
        curl_url_set(u, CURLUPART_URL, s, CURLU_DISALLOW_USER) != CURLUE_OK)
        return false;
    scheme = part(u, CURLUPART_SCHEME, 0);
    return scheme && (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
}

bool origin_base_url(const char *s)
{
    URL_AUTO u = curl_url();

    return u && parse(u, s);
}

char *origin_normal(struct cs_arena *a, const char *s)
{
    URL_AUTO u = curl_url();
    TEXT_AUTO scheme = NULL;
    TEXT_AUTO host = NULL;
    TEXT_AUTO port = NULL;
    const char *after = strstr(s, "://");
    char *origin;

    if (!u || !after || strlen(s) > ORIGIN_MAX || strchr(after + 3, '/') || !parse(u, s))
        return NULL;
    scheme = part(u, CURLUPART_SCHEME, 0);
    host = part(u, CURLUPART_HOST, 0);
    port = part(u, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
    if (!scheme || !host)
        return NULL;
    origin = cs_printf(a, "%s://%s%s%s", scheme, host, port ? ":" : "", port ? port : "");
    for (char *p = origin; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return origin;
}
