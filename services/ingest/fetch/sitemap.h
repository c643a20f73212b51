#pragma once
/*
 * sitemap: the addresses in a sitemap, or in an index of sitemaps (sitemaps.org).
 *
 * XML, or a text with an address on each line; both also compressed by gzip, up to SITEMAP_MAX bytes of content. An
 * element <loc> of another namespace, such as that of an image, is passed over. The content is read in pieces, so memory
 * grows with the addresses that are kept and not with the file. Pure; any thread.
 */
#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

enum { SITEMAP_MAX = 50 * 1024 * 1024 };

struct sitemap {
    char **urls; /* as they are written, without references; each at most URL_MAX bytes */
    size_t n;
    bool index; /* they are those of further sitemaps */
    bool
        cut; /* there were more than `max` addresses, more than SITEMAP_MAX bytes, or damaged ones */
};

/* The first `max` addresses, in the arena. False: it is no sitemap. */
bool sitemap_parse(struct cs_arena *a, const char *body, size_t len, size_t max,
                   struct sitemap *ret);
