#pragma once
/* last: the last request that the test provider got, and how many there were, for GET /last. */
#include <h2o.h>
#include <jansson.h>

void last_keep(h2o_req_t *req, json_t *body);
json_t *last_show(void); /* the caller releases it */
