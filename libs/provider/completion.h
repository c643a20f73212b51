#pragma once
/*
 * Completion: an answer of a language model, from its events, in any wire format.
 *
 * The data of each event of a stream goes to cs_completion_event() in order; the body of a whole
 * answer is one such event. Text comes out by say() as it is found, and reasoning by think(). What comes is read by what
 * it is: an event that has the shape of another format is read in that one. Servers differ: a usage chunk
 * has no choices, ids and indexes may be missing, content may be a list of parts, the reason of the end may come with the
 * last text or without, errors have every shape. JSON with the usual faults is mended
 * (provider/json.h). An object that cannot be read all the same is a failure, since words may be
 * lost with it; other text is left out. Pure; one thread at a time.
 */
#include "provider/calls.h"
#include "provider/fault.h"
#include "provider/think.h"

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
    void (*think)(void *state, const char *text); /* NULL: reasoning is left out */
    void *state;
    enum cs_finish finish;
    bool said;    /* some text */
    bool thought; /* some reasoning */
    bool pieces;  /* text came in deltas, so a whole message repeats it */
    bool refused; /* by the model itself, in words of its own */
    bool done;    /* the stream's own end mark came */
    bool failed;  /* an error came instead of the rest */
    bool read;    /* some event had the shape of an answer */
    struct cs_fault fault;
    bool counted;                             /* the provider reported its tokens */
    int64_t prompt_tokens, completion_tokens; /* within the limits of provider/tokens.h */
    struct cs_calls *calls;                   /* of tools go there; NULL: they are left out */
    struct cs_think tags;
};

/* cut: the stream ended within the event. */
void cs_completion_event(struct cs_completion *c, const char *data, size_t len, bool cut);
/* An event that says itself that it is an error, in whatever words. */
void cs_completion_error(struct cs_completion *c, const char *text);
/* Nothing more comes: what was held back for a tag is said. */
void cs_completion_end(struct cs_completion *c);
bool cs_completion_over(const struct cs_completion *c); /* nothing is missing */

/* ---- for the wires ---- */

/* A piece of a tool call; too much of them is a failure. */
void cs_completion_call(struct cs_completion *c, const struct cs_calls_piece *piece);
/* Content as a text, a part or a list of parts; reasoning among it goes to think(). True when it was a text that is
 * not empty. */
bool cs_completion_say(struct cs_completion *c, const json_t *content);
/* The same for what is reasoning as a whole. */
void cs_completion_think(struct cs_completion *c, const json_t *content);
/* The reason of the end in the words of any format; no text: not the end. A reason that means a failure fails the answer. */
void cs_completion_finish(struct cs_completion *c, const json_t *reason);
/* The tokens of both kinds, when the object has both under the names of some format. */
void cs_completion_count(struct cs_completion *c, const json_t *usage);
/* An error in place of the rest; NULL, false and empty ones are none. */
bool cs_completion_fail(struct cs_completion *c, const json_t *error);
