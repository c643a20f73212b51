#pragma once
/*
 * calls: the tool calls that a model asks for, put together from the events of its answer.
 *
 * Servers differ: arguments come in pieces of text or as an object, ids and indexes may be missing, several calls may
 * bear one index, and a name may be repeated. A call goes to the one of its index, unless it has another id. What is
 * too much ends the answer as failed. Arguments are read at the end: those that are no JSON object are kept as they
 * are and marked, so that the model can be told. cs_calls_free() when done. Pure; one thread at a time.
 */
#include "base/arena.h"
#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>

enum {
    CS_CALLS = 16,                /* of one answer */
    CS_CALLS_BYTES = 64 * 1024,   /* of all names, arguments and signatures */
    CS_CALLS_THINKING = 64 * 1024 /* more is not given back */
};

/* One call, whole. */
struct cs_chat_call {
    const char *id, *name;
    const char *arguments; /* the text of a JSON object, unless malformed */
    const char *signature; /* to be given back with the call; NULL: none */
    bool malformed;
    bool named; /* the id is the model's own */
};

struct cs_calls_item {
    int index;
    struct cs_buf id, name, arguments, signature;
};

struct cs_calls {
    struct cs_calls_item at[CS_CALLS];
    size_t n, bytes;
    bool too_large;
    struct cs_buf thinking, signature; /* of a model that wants its thoughts back with its calls */
};

/* A piece of a call; members may be NULL. */
struct cs_calls_piece {
    int index; /* negative: a call of its own */
    const json_t *id, *name, *arguments, *signature;
};
/* k NULL: nothing happens. False from then on when it is too much. */
bool cs_calls_add(struct cs_calls *k, const struct cs_calls_piece *piece);
void cs_calls_think(struct cs_calls *k, const json_t *thinking, const json_t *signature);

/* In the arena; NULL when there is none. */
struct cs_chat_call *cs_calls_take(struct cs_arena *a, const struct cs_calls *k, size_t *ret_n);
void cs_calls_free(struct cs_calls *k); /* empties it */
