#pragma once
/*
 * redact: a message without what the contract calls (secret), for what is kept or compared.
 *
 *     const ProtobufCMessage *kept = pbjson_redact(call->arena, &rep->base);
 */
#include "base/arena.h"

#include <protobuf-c/protobuf-c.h>

/* A copy that borrows from msg; secret fields are absent, at any depth. */
ProtobufCMessage *pbjson_redact(struct cs_arena *a, const ProtobufCMessage *msg);
