#pragma once
/* embed: a request for vectors and the answer of the test provider. */
#include "behaviour.h"
#include "wire.h"

void embed_serve(const struct wire *wire, h2o_req_t *req, json_t *body, const char *model,
                 const struct behaviour *b);
