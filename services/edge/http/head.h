#pragma once
/*
 * head: whether the head of a request has one meaning only.
 *
 * A proxy and this server may read an ambiguous head differently, and one of them then sees a request
 * that the other takes for a body. RFC 9112 names such heads; each is refused with 400, and its
 * connection is closed, since nobody knows where the next request begins. Pure; any thread.
 */
#include <stddef.h>

enum { HEAD_MAX = 64 * 1024, HEAD_LINES_MAX = 100 };

/* The layout of picohttpparser's phr_header. */
struct head_line {
    const char *name; /* NULL: the line continues the one above it */
    size_t name_len;
    const char *value;
    size_t value_len;
};

/*
 * bytes[len]: the whole head with its empty line, parsed into HTTP/1.<minor> and n lines. NULL, or
 * the detail of the 400, constant text.
 */
const char *head_check(const char *bytes, size_t len, int minor, const struct head_line *lines,
                       size_t n);
/* The first line of this name, in any case, or NULL. */
const struct head_line *head_find(const struct head_line *lines, size_t n, const char *name);
