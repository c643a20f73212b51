#pragma once
/*
 * outbox_headers: the headers of an event as the outbox keeps them, a JSON object of texts; internal.
 *
 * Each event is written once and read once, so the usual form, without escapes, is read in place. Pure; any thread.
 */
#include "base/buf.h"

struct cs_arena;

/* Adds a header to an object that cs_outbox_headers_end() completes; nothing when value is NULL. */
void cs_outbox_header_put(struct cs_buf *out, const char *name, const char *value);
void cs_outbox_headers_end(struct cs_buf *out);

/* Calls fn for each header of the text; for none when it is no object. Members that are no texts are left out. */
void cs_outbox_headers_each(struct cs_arena *a, const char *text,
                            void (*fn)(void *state, const char *name, const char *value),
                            void *state);
