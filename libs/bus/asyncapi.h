#pragma once
/*
 * asyncapi: the description of the public events as an AsyncAPI 3 document, made from the catalogue and the contract.
 *
 * docs/asyncapi.yaml is this text; `chatsphere asyncapi` prints it and the edge serves it. The same for the same contract.
 * Any thread.
 */
#include "base/arena.h"

#include <stddef.h>

/* The document as YAML, in the arena. */
const char *cs_asyncapi_text(struct cs_arena *a, size_t *ret_len);
