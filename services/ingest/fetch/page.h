#pragma once
/*
 * page: what a crawl needs of an HTML page: its title, its links, and what it says to robots.
 *
 * The text of a page is read in the sandbox like that of every document; this only looks at tags. Comments, scripts and
 * styles are passed over. Memory and time grow with the length of the page. Pure; any thread.
 */
#include "base/arena.h"

#include <stddef.h>

enum { PAGE_LINKS = 2000 };

struct page_links {
    char *title; /* one line of UTF-8; NULL: none */
    char *base;  /* of <base href>; NULL: none */
    char **
        links; /* of <a> and <area> without rel=nofollow, as they are written, without references */
    size_t n;
    unsigned robots; /* ROBOTS_NOINDEX, ROBOTS_NOFOLLOW */
};

/* charset: of the media type; NULL: none. All in the arena. */
void page_scan(struct cs_arena *a, const char *html, size_t len, const char *charset,
               struct page_links *ret);
