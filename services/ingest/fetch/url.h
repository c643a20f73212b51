#pragma once
/*
 * url: addresses of pages in one form, so that one page has one address, and the patterns that choose among them.
 *
 * The form: http or https, host in lower case and ASCII, no default port, no user and password,
 * no fragment, no dot segments, escapes in upper case and only where they are needed, no parameters that
 * only count visitors (utm_*, gclid, fbclid). At most URL_MAX bytes. Pure; any thread.
 */
#include "base/arena.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum { URL_MAX = 2000 };

/* Of an address that a user has typed, "example.org/a" included, which means https. NULL, with the reason as a sentence. */
char *url_of_user(struct cs_arena *a, const char *text, const char **reason);
/* Of a link on the page `base`, which is in that form. NULL: it leads to no page, or has credentials. */
char *url_resolve(struct cs_arena *a, const char *base, const char *link, size_t len);

/* Adds a path, or a pattern of paths, in that form: only letters and digits have no escape, and what needs one has it. */
void url_escape(struct cs_buf *out, const char *s, size_t len);

/* Scheme, host and port, without a slash at the end. */
char *url_origin(struct cs_arena *a, const char *url);
bool url_has_origin(const char *url, const char *origin);
/* The host, and the port: 80 or 443 where there is none. */
char *url_host(struct cs_arena *a, const char *url, int *ret_port);
const char *url_path(const char *url); /* with the query; points into url */

/* A file of this name is never a page: images, fonts, programs and the like. */
bool url_is_asset(const char *url);

/*
 * Whether a pattern matches: the path with its query from the first byte on, where `*` stands for any bytes and `$`
 * at the end for the end (RFC 9309, 2.2.3). Time grows with the sum of the lengths.
 */
bool url_match(const char *pattern, const char *path);
/* The same for a user's pattern: "/docs/" from the beginning of the path, "https://…" of the whole address, "*.pdf" anywhere in the path. */
bool url_match_user(struct cs_arena *a, const char *pattern, const char *url);
