#pragma once
/*
 * answer: one answer of the test provider on its way, whole or as a stream, with its text and its timer. It lives in
 * the request's pool and ends with it; `gone` says that the client has left.
 */
#include "behaviour.h"

#include "base/buf.h"

#include <h2o.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <zlib.h>

struct answer {
    h2o_generator_t super;
    h2o_timeout_entry_t timer;
    h2o_req_t *req;
    struct behaviour b;
    const struct chat_wire *wire; /* of chat alone, as what follows */
    char *model, *echo;           /* echo: the text to repeat, or NULL */
    int prompt_tokens;
    bool usage; /* at the end of a stream */
    bool gone, waiting, done, cutting;
    int at;           /* words said */
    int64_t began_ms; /* the first of them; monotonic */
    struct cs_buf out, flying;
    z_stream z; /* of a compressed stream */
};

/* The owner fills in what is its own. */
struct answer *answer_new(h2o_req_t *req, const struct behaviour *b);
long answers_open(void);
/* Calls fn in ms. The timer is the only one of the answer, and ends with it. */
void answer_later(struct answer *answer, int ms, h2o_timeout_cb fn);
struct answer *answer_of_timer(h2o_timeout_entry_t *timer);

int answer_words(const struct answer *answer); /* how many it has in all */
/* Word i with the space behind it, in out or in a constant. */
const char *answer_word(const struct answer *answer, int i, char out[64]);
/* Adds value as JSON between two texts to out, and releases it. */
void answer_add(struct answer *answer, const char *before, json_t *value, const char *after);
