#pragma once
/* fault: which requests fail, and the answer to those. The failures of a model's name are counted. */
#include "behaviour.h"
#include "wire.h"

#include <stdbool.h>

/* Answers the request with the failure that is due; false: there is none. */
bool fault_serve(const struct wire *wire, h2o_req_t *req, const char *model, struct behaviour *b);
