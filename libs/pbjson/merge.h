#pragma once
/*
 * merge: one message laid over another, by descriptor; the meaning of PATCH. Pure; any thread.
 *
 *     stored {retriever_k 5, chunking {size 800, overlap 100}}
 *     patch  {retriever_k 8, chunking {size 900}, clear ["min_score"]}
 *     ->     {retriever_k 8, chunking {size 900, overlap 100}}
 */
#include "base/arena.h"

#include <protobuf-c/protobuf-c.h>

/*
 * What src has replaces what dst has: values and whole lists, sub-messages field by field. Then the
 * fields that src names in `clear` are taken from dst. Both are of one type; afterwards they share
 * memory. src and sub-messages of dst are not changed.
 */
void pbjson_merge(struct cs_arena *a, ProtobufCMessage *dst, const ProtobufCMessage *src);

/* Makes a field absent; an unknown name is ignored. */
void pbjson_merge_clear(ProtobufCMessage *msg, const char *field);
