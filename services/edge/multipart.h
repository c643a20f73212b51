#pragma once
/*
 * multipart: multipart/form-data (RFC 7578) in memory. Pure; the parts point into the body, names
 * and types are arena copies. Everything is bounded: parts, headers, boundary.
 */
#include "base/arena.h"

#include <stddef.h>

enum { MULTIPART_PARTS = 32, MULTIPART_NAME_CHARACTERS = 255 };

struct multipart_part {
    const char *name;     /* of the form field */
    const char *filename; /* last component only, decoded, UTF-8; NULL: a plain field */
    const char *type;     /* NULL when not given */
    const char *data;
    size_t len;
};

/* Number of parts, or -1 with what is wrong. */
int multipart_parse(struct cs_arena *a, const char *content_type, const char *body, size_t len,
                    struct multipart_part parts[MULTIPART_PARTS], const char **ret_error);
