/* What an answer means for a page: pure decisions, with their reasons in plain words. */
#include "ingest/fetch/crawl.h"

#include "ingest/fetch/robots.h"
#include "ingest/fetch/url.h"
#include "ingest/format.h"

#include <string.h>
#include <strings.h>

enum { AGAIN_MS = 2000 };

static struct outcome outcome_again(const struct fetch *f, const char *reason)
{
    int64_t wait_ms = (int64_t)AGAIN_MS << 2 * (f->page->attempts - 1);

    if (f->page->attempts >= CRAWL_TRIES || f->retry_after_ms > CRAWL_RETRY_AFTER_MAX_MS)
        return (struct outcome){.kind = OUTCOME_FAILED, .reason = reason};
    if (wait_ms < f->retry_after_ms)
        wait_ms = f->retry_after_ms;
    return (struct outcome){.kind = OUTCOME_AGAIN, .reason = reason, .wait_ms = wait_ms};
}

static struct outcome outcome_failed(const char *reason)
{
    return (struct outcome){.kind = OUTCOME_FAILED, .reason = reason};
}

static struct outcome outcome_skipped(const char *reason)
{
    return (struct outcome){.kind = OUTCOME_SKIPPED, .reason = reason};
}

static struct outcome outcome_no_answer(struct fetch *f)
{
    if (f->refused)
        return outcome_failed(
            "The address is not public, and the operator of the platform did not allow it.");
    if (f->too_large)
        return outcome_failed("The page has more than 8 MiB.");
    if (f->limited)
        return (struct outcome){.kind = OUTCOME_AGAIN, .wait_ms = AGAIN_MS, .free = true};
    if (f->unreachable)
        return outcome_again(f, "The server cannot be reached.");
    if (f->error && strcasestr(f->error, "time"))
        return outcome_again(f, "The server did not answer within 20 seconds.");
    return outcome_again(f, "The connection to the server failed.");
}

struct outcome outcome_of(struct fetch *f)
{
    const char *location = f->got[GOT_LOCATION];
    int status = f->status;

    if (status == 0)
        return outcome_no_answer(f);
    const char *reason = cs_printf(&f->arena, "The server answers with the status %d.", status);
    switch (status) {
    case 200:
    case 203: return (struct outcome){.kind = OUTCOME_CONTENT};
    case 204:
    case 205: return outcome_skipped("The page is empty.");
    case 304: return (struct outcome){.kind = OUTCOME_UNCHANGED};
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return (struct outcome){
            .kind = OUTCOME_MOVED,
            .target =
                location ? url_resolve(&f->arena, f->page->url, location, strlen(location)) : NULL,
        };
    case 404:
    case 410:
        return (struct outcome){
            .kind = OUTCOME_GONE,
            .reason = cs_printf(&f->arena, "The page does not exist (status %d).", status),
        };
    case 401:
    case 407: return outcome_failed("The page requires a sign-in.");
    case 403: return outcome_failed("The server refuses the page (status 403).");
    default: break;
    }
    return status >= 500 || status == 408 || status == 425 || status == 429
               ? outcome_again(f, reason)
               : outcome_failed(reason);
}

bool outcome_wanted(struct cs_arena *a, const struct site *s, const char *url)
{
    bool included = s->n_include == 0;

    for (size_t i = 0; !included && i < s->n_include; i++)
        included = url_match_user(a, s->include[i], url);
    for (size_t i = 0; included && i < s->n_exclude; i++)
        included = !url_match_user(a, s->exclude[i], url);
    return included;
}

struct outcome outcome_before(struct fetch *f)
{
    const struct site_page *p = f->page;
    const struct site *s = f->site;

    if (p->attempts > 2 * CRAWL_TRIES) /* it takes its process down, or the like */
        return outcome_failed("The page was asked for too often without an end.");
    if (strcmp(p->kind, "page") != 0)
        return (struct outcome){.kind = OUTCOME_CONTENT};
    /* the first page may lead to another site, so it is asked for wherever it is */
    if (!url_has_origin(p->url, s->root) && !(p->depth == 0 && p->hops == 0))
        return outcome_skipped("The page is on another site.");
    if (p->depth > s->depth)
        return outcome_skipped("The page is further from the first one than the source is deep.");
    if (p->depth > 0 && !outcome_wanted(&f->arena, s, p->url))
        return outcome_skipped("The page is left out by the patterns of the source.");
    if (s->rules && !robots_allow(s->rules, url_path(p->url)))
        return outcome_skipped("robots.txt of the site forbids the page.");
    return (struct outcome){.kind = OUTCOME_CONTENT};
}

static bool type_is_unknown(const char *type)
{
    size_t n = type ? strcspn(type, "; ") : 0;

    return n == 0 || (n == 24 && strncasecmp(type, "application/octet-stream", n) == 0) ||
           (n == 19 && strncasecmp(type, "binary/octet-stream", n) == 0);
}

const char *outcome_type(struct fetch *f, const char **reason)
{
    const char *type = f->got[GOT_TYPE], *path = url_path(f->page->url);
    const struct format *format;

    if (type_is_unknown(type))
        format = format_of_name(cs_strndup(&f->arena, path, strcspn(path, "?")));
    else
        format = format_of_type(type);
    /* pictures belong to pages, and archives are many documents */
    if (format && strcmp(format->name, "zip") != 0 && strncmp(format->mime, "image/", 6) != 0)
        return format->mime;
    *reason = type ? cs_printf(&f->arena, "Pages of the type %.*s are not read.",
                               (int)(strcspn(type, "; ") < 80 ? strcspn(type, "; ") : 80), type)
                   : "The type of the page is unknown.";
    return NULL;
}
