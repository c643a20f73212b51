#pragma once
/*
 * Completion: an answer of a language model, from its events, in any wire format.
 *
 * The data of each event of a stream goes to cs_completion_event() in order; the body of a whole
 * answer is one such event. Text comes out by say() as it is found. Servers differ: a usage chunk
 * has no choices, ids and indexes may be missing, the reason of the end may come with the last
 * text or without, errors are objects or strings. JSON with the usual faults is mended
 * (provider/json.h). An object that cannot be read all the same is a failure, since words may be
 * lost with it; other text is left out. Thinking aloud (reasoning) is not part of an answer. Pure; one
 * thread at a time.
 */
#include "provider/calls.h"
#include "provider/fault.h"

#include <stdint.h>

struct cs_chat_wire;

enum cs_finish {
    CS_FINISH_NONE, /* not yet */
    CS_FINISH_STOP,
    CS_FINISH_LENGTH,
    CS_FINISH_FILTER,
};

struct cs_completion {
    const struct cs_chat_wire *wire;
    void (*say)(void *state, const char *text);
    void *state;
    enum cs_finish finish;
    bool said;    /* some text */
    bool refused; /* by the model itself, in words of its own */
    bool done;    /* the stream's own end mark came */
    bool failed;  /* an error came instead of the rest */
    struct cs_fault fault;
    bool counted;                             /* the provider reported its tokens */
    int64_t prompt_tokens, completion_tokens; /* within the limits of provider/tokens.h */
    struct cs_calls *calls;                   /* of tools go there; NULL: they are left out */
};

/* cut: the stream ended within the event. */
void cs_completion_event(struct cs_completion *c, const char *data, size_t len, bool cut);
bool cs_completion_over(const struct cs_completion *c); /* nothing is missing */

/* ---- for the wires ---- */

struct cs_finish_word {
    const char *word;
    enum cs_finish finish;
};

/* A piece of a tool call; too much of them is a failure. */
void cs_completion_call(struct cs_completion *c, const struct cs_calls_piece *piece);
/* True when it was a text that is not empty. */
bool cs_completion_say(struct cs_completion *c, const json_t *text);
/* The reason of the end, by the words that stand for another one than "stop"; no text: not the end. */
void cs_completion_finish(struct cs_completion *c, const json_t *reason,
                          const struct cs_finish_word *words);
/* The tokens of both kinds, when the object has both. */
void cs_completion_count(struct cs_completion *c, const json_t *usage, const char *prompt,
                         const char *completion);
