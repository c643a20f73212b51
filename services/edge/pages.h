#pragma once
/*
 * pages: the built web pages (dashboard, chat page, widget) in memory, and which of them answers a path.
 *
 * All files are read once at the start, so a path of a request never becomes a path of the file
 * system, and a build that runs meanwhile is served after a restart. Constant after pages_load(); any thread.
 * A file may stand beside compressed ones of the same name with .br and .gz.
 */
#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

enum { PAGE_FILE_MAX = 4 * 1024 * 1024, PAGE_FILES_MAX = 1024, PAGES_MAX = 64 * 1024 * 1024 };

enum page_coding { PAGE_PLAIN, PAGE_BROTLI, PAGE_GZIP, PAGE_CODINGS };

struct page_body {
    const char *data; /* NULL: there is no such file */
    size_t len;
    char etag[24]; /* with its quotes; of these bytes */
};

struct page_file {
    const char *path; /* as in a request: /assets/index-a1b2.js */
    const char *type;
    struct page_body body[PAGE_CODINGS];
};

struct pages {
    struct cs_arena arena;
    struct page_file *files; /* by path */
    size_t n, bytes;
};

/*
 * Reads the folder: its own files, assets/ and widget/. Files of unknown kinds and hidden ones are
 * passed over. True also when the folder has no page, which leaves n at 0. False: more or larger files than
 * the limits above, or an unreadable one; *ret_wrong names it.
 */
bool pages_load(struct pages *p, const char *folder, const char **ret_wrong);
void pages_free(struct pages *p);

/* path as in a request, not decoded. NULL: no such file. */
const struct page_file *pages_find(const struct pages *p, const char *path);

/* The smallest body that Accept-Encoding allows; accept may be NULL. */
const struct page_body *pages_body(const struct page_file *f, const char *accept_encoding);

/* Whether a list such as Accept or Accept-Encoding names the word, with a quality above 0. header may be NULL. */
bool pages_accepts(const char *header, const char *word);

/* Whether If-None-Match names the tag, weak or strong, or is *. header may be NULL. */
bool pages_unchanged(const char *if_none_match, const char *etag);

/* Whether a path may be one of the dashboard: not below /api, /assets and the like. */
bool pages_of_dashboard(const char *path);

/*
 * The sources of frame-ancestors for these origins: * for none, and only what cannot be mistaken for
 * another directive. An origin past 8 KiB in all is left out, which is the safe side.
 */
const char *pages_ancestors(struct cs_arena *a, char *const *origins, size_t n);
