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

/* False: h2o does not call the functions of this program. Before the loops. */
bool parse_begin(void);
/* Why the head that was parsed last on this thread is refused, once; NULL: it is not. */
const char *parse_refusal(void);
