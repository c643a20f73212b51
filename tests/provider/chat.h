#pragma once
/* chat: a request for chat and the answer of the test provider, word by word or whole. */
#include "behaviour.h"
#include "wire.h"

void chat_serve(const struct wire *wire, h2o_req_t *req, json_t *body, const char *model,
                const struct behaviour *b);
