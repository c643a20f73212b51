#pragma once
/*
 * play: a case of tests/data/completion.cases, sent as the answer. A model named m?play=parts_of_a_list is answered with
 * the stream or the body of that case, byte for byte, whether a stream was asked for or not.
 */
#include "wire.h"

#include <stdbool.h>

/* False: the model names no case. A case that does not exist is 404. */
bool play_serve(const struct wire *wire, h2o_req_t *req, const char *model);
