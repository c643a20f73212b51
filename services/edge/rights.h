#pragma once
/* rights: whether an identity may use a route. Pure. */
#include "edge/routes.h"
#include "edge/token.h"

/* NULL, or why not, to be shown with 403; *ret_status becomes 401 where there is no identity. */
const char *rights_refusal(const struct route *route, const struct identity *who,
                           const char *origin, int *ret_status);
/* Whether the comma separated list has this word. */
bool rights_has(const char *roles, const char *word);
