#pragma once
/*
 * parse: what h2o reads of a request, read strictly first.
 *
 * h2o 2.2.5 has no hook before it parses, but it calls its parser, picohttpparser, through the
 * symbols phr_parse_request and phr_decode_chunked of its shared library. This program defines both,
 * so that each head and each chunk of any request passes here. A head that is refused is handed to
 * h2o as a request without a body; http_on_req() takes the refusal and answers it.
 */
#include "edge/http/head.h"

#include <stdbool.h>

/* A head that was accepted and announces a body. */
struct parse_head {
    const char *bytes; /* where it begins */
    const char *method, *path;
    size_t method_len, path_len, n_lines;
    const struct head_line *lines;
};

/* Of this thread: false from it means that the body is not read. */
void parse_on_body(bool (*announced)(void *user, const struct parse_head *h), void *user);
/* Whether the body of the head that was parsed last on this thread is left unread, once. */
bool parse_unread(void);

/* False: h2o does not call the functions of this program. Before the loops. */
bool parse_begin(void);
/* Why the head that was parsed last on this thread is refused, once; NULL: it is not. */
const char *parse_refusal(void);
