#pragma once
/* space: the name of a space of vectors, provider/model/dimensions, in its parts. Pure; any thread. */
#include "base/arena.h"

/* In the arena; a local model is without its digest. False when the name is malformed. */
bool space_parse(struct cs_arena *a, const char *space, const char **ret_provider,
                 const char **ret_model);
