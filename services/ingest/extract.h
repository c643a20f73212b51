#pragma once
/*
 * extract: the text of an uploaded file, as valid UTF-8 with LF line ends and without a BOM.
 *
 * The kind is judged by name, media type and content together: content that is plainly something
 * else (PDF, ZIP, pictures) is refused whatever it is called. What is refused gets a reason that
 * its owner can act on. Pure: any thread. A file may be large, so the text takes the place of the
 * bytes; that of UTF-16 is in memory of the arena.
 */
#include "base/arena.h"

#include <stddef.h>

enum text_kind { TEXT_PLAIN, TEXT_MARKDOWN };

struct extracted {
    enum text_kind kind;
    const char *text; /* terminated */
    size_t len;
};

/* NULL when done, else the reason why not. name and mime may be NULL; data has room for one more. */
const char *extract(struct cs_arena *a, const char *name, const char *mime, char *data, size_t len,
                    struct extracted *ret);

/* The media type to show for a file before it was looked at. */
const char *extract_mime(const char *name, const char *mime);
