#pragma once
/* models: the list of models in the formats that have one, by GET. */
#include <h2o.h>
#include <stdbool.h>

bool models_serve(h2o_req_t *req); /* false: the path is no list */
