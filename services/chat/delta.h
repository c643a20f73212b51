#pragma once
/*
 * Delta: the text of an answer while it is being said.
 *
 * Text comes in pieces of any size and leaves as deltas: at once when none left within the last
 * 20 ms, else when 256 bytes wait, or with the first piece or tick after those 20 ms. So the first
 * words never wait, and a fast model costs 50 deltas a second. Who has many answers under way may
 * ask for more than 20 ms: the deltas become longer, the text is not later than that. A delta never ends within a
 * character. The deltas put together are `whole`, byte for byte, and that is what gets stored.
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
    int64_t (*pace)(void);  /* ms between two deltas; NULL: DELTA_MS */
    struct cs_buf whole;    /* everything said */
    size_t sent;            /* how much of it was emitted */
    int64_t sent_ms;        /* when the last delta left */
};

void delta_add(struct delta *d, const char *text, size_t len);
void delta_tick(struct delta *d);  /* emits what has waited for its time */
void delta_flush(struct delta *d); /* emits all that waits */
void delta_free(struct delta *d);
