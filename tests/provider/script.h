#pragma once
/*
 * script: a model that calls tools, as its question says, in every format of chat. It is asked for with script=1 in the
 * model's name; script=2 makes one that knows no tools and writes its actions as text.
 *
 *     call: calculator {"expression": "6 * 7"}                     one line a step
 *     call: calculator {"expression": "1"} & current_time {}       two calls at once
 *     loop: current_time {}                                        the same call in every step
 *
 * Behind the last line it says "result: " and the last result of a tool. A question without such a line is answered as
 * usual. A call of Gemini bears a signature, and a request that lost it is refused.
 */
#include "wire.h"

#include "behaviour.h"

/*
 * True when the request was answered with calls or refused. Else *ret_say, if it is set, is what is to be said (the caller
 * frees it), and *ret_body a copy of the request that has one plain message (the caller releases it).
 */
bool script_serve(const struct wire *wire, h2o_req_t *req, json_t *body, const struct behaviour *b,
                  char **ret_say, json_t **ret_body);
