#pragma once
/*
 * robots: what a site's robots.txt says to this crawler (RFC 9309).
 *
 * Of the groups for "ChatSphere", or else of those for "*", the longest rule that matches a path decides, and an allowing
 * one if two are as long. Rules are kept as lines, so that they can be stored between two pages. Lines beyond ROBOTS_MAX
 * bytes are not read. Memory and time grow with the length of the file. Pure; any thread.
 */
#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ROBOTS_MAX = 512 * 1024,
    ROBOTS_RULES_MAX = 128 * 1024, /* of those that apply */
    ROBOTS_SITEMAPS = 20,
    ROBOTS_DELAY_MAX_MS = 30 * 1000,
};

struct robots {
    char *rules;  /* lines "allow PATTERN" and "disallow PATTERN"; "" allows all */
    int delay_ms; /* Crawl-delay; 0: none */
    char *sitemaps[ROBOTS_SITEMAPS]; /* as they are written */
    size_t n_sitemaps;
};

/* All in the arena. */
void robots_parse(struct cs_arena *a, const char *text, size_t len, struct robots *ret);
/* path: with the query, in the form of fetch/url.h. */
bool robots_allow(const char *rules, const char *path);

/* The same words in a header X-Robots-Tag, or in <meta name="robots">: noindex, nofollow, none. */
enum { ROBOTS_NOINDEX = 1, ROBOTS_NOFOLLOW = 2 };
unsigned robots_words(const char *text, size_t len);
