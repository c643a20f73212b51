#pragma once
/*
 * sse: frames as server-sent events. Pure.
 *
 * The event is named as the frame's case (start, sources, delta, usage, error, end, progress), its
 * id is the frame's seq and its data the JSON of the case; an error is {"problem": {...}}.
 */
#include "base/arena.h"
#include "base/buf.h"

#include "chatsphere/v1/names.h"

#include <stdbool.h>

#define SSE_COMMENT ": still here\n\n"

/* Appends one event; false when the frame has no case we know. Scratch memory comes from a. */
bool sse_frame(struct cs_buf *out, struct cs_arena *a, const Frame *f, const char *request_id);

/* The JSON of the frame's case, and its name; NULL when it has no case we know. */
const char *sse_frame_data(struct cs_arena *a, const Frame *f, const char *request_id,
                           const char **ret_kind, size_t *ret_len);
