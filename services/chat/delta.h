#pragma once
/*
 * Delta: the text of an answer while it is being said.
 *
 * Text comes in pieces of any size and leaves as deltas: when 256 bytes wait, or when the oldest
 * waiting byte has waited 20 ms as the next one comes. A delta never ends within a character. The
 * deltas put together are `whole`, byte for byte, and that is what gets stored.
 *
 * Belongs to whoever runs the turn; one thread at a time. delta_free() when done.
 *
 *     struct delta d = {.emit = send_delta, .state = call, .clock = cs_mono_ms};
 *     delta_add(&d, "Hello", 5);
 *     delta_flush(&d);
 */
#include "base/buf.h"

#include <stdint.h>

enum { DELTA_BYTES = 256, DELTA_MS = 20 };

struct delta {
    void (*emit)(void *state, const char *text, size_t len); /* text is not terminated */
    void *state;
    int64_t (*clock)(void); /* ms */
    struct cs_buf whole;    /* everything said */
    size_t sent;            /* how much of it was emitted */
    int64_t since_ms;       /* when the first waiting byte came */
};

void delta_add(struct delta *d, const char *text, size_t len);
void delta_flush(struct delta *d); /* emits all that waits */
void delta_free(struct delta *d);

/* The greatest n <= max at which text[0..len) can be cut without splitting a UTF-8 character. */
size_t delta_cut(const char *text, size_t len, size_t max);
