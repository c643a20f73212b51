#pragma once
/* changed: which fields of a message are not what they were, by name; for events. Pure; any thread. */
#include "base/arena.h"

#include <protobuf-c/protobuf-c.h>

/*
 * Names of the fields that differ between two messages of one type, in the order of the type:
 * "name", and "configuration.system_prompt" of a sub-message that both have. *ret_n may be 0.
 */
char **pbjson_changed(struct cs_arena *a, const ProtobufCMessage *before,
                      const ProtobufCMessage *after, size_t *ret_n);
