#pragma once
/*
 * script: a transcript, read into steps.
 *
 *     test a bot can be made                    a named case; up to the next `test`
 *     user alice                                registers a fresh user: $alice is the token
 *     POST /api/v1/bots as alice                a request; `as none` or nothing: without a token
 *     GET $other/path                           the same to another server: a whole address
 *     > Accept: text/event-stream               a header (a line Name: value before the body)
 *     > {"name": "x"}                           the body; lines are joined; $names are replaced
 *     > @file docs/a.md text/markdown           or a multipart upload of a file
 *     > @bytes 2000000 x                        or that many times the letter
 *     < 201                                     the status
 *     < X-Request-Id: /^[0-9a-f-]+$/            a header
 *     < {"id": "$bot"}                          the JSON body (match.h); may go on over lines
 *     < event sources {"items": ["..."]}        the next server-sent event of that name
 *     < text /regex/                            the body as text
 *     eventually 20 GET ...                     again until it fits, so many seconds
 *     leave 500 POST ...                        gone after so many ms: what came until then counts
 *
 * # begins a comment. A failed step ends its case.
 */
#include "base/arena.h"

#include <stddef.h>

struct step {
    int line;
    enum { STEP_TEST, STEP_USER, STEP_REQUEST } kind;
    const char *name; /* of the case or the user */
    const char *method, *path, *as;
    int eventually_s, leave_ms;
    const char *headers[8]; /* NULL-terminated */
    size_t n_headers;
    const char *body; /* text, unexpanded */
    const char *file, *file_type;
    size_t fill;
    char fill_with;
    const char *expect[24]; /* without "< " */
    size_t n_expect;
};

struct script {
    struct step *steps;
    size_t n;
};

/* False with a message on standard error that names file and line. */
int script_read(struct cs_arena *a, const char *path, struct script *ret);
