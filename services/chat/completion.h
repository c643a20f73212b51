#pragma once
/*
 * Completion: an answer in the OpenAI wire format, from its events.
 *
 * The data of each event of a stream goes to completion_event() in order; the body of a whole
 * answer is one such event. Text comes out by say() as it is found. Servers differ: a usage chunk
 * has no choices, ids and indexes may be missing, the reason of the end may come with the last
 * text or without, errors are objects or strings. JSON with the usual faults is mended
 * (provider/json.h). An object that cannot be read all the same is a failure, since words may be
 * lost with it; other text is left out. Thinking aloud (reasoning) is not part of an answer. Pure; one thread at a time.
 */
#include "provider/fault.h"

#include <stdint.h>

enum completion_finish {
    FINISH_NONE, /* not yet */
    FINISH_STOP,
    FINISH_LENGTH,
    FINISH_FILTER,
};

struct completion {
    void (*say)(void *state, const char *text);
    void *state;
    enum completion_finish finish;
    bool said;    /* some text */
    bool refused; /* by the model itself, in words of its own */
    bool done;    /* the stream's own end mark came */
    bool failed;  /* an error came instead of the rest */
    struct cs_fault fault;
    bool counted;                             /* the provider reported its tokens */
    int64_t prompt_tokens, completion_tokens; /* within the limits of provider/tokens.h */
};

/* cut: the stream ended within the event. */
void completion_event(struct completion *c, const char *data, size_t len, bool cut);
bool completion_over(const struct completion *c); /* nothing is missing */
