#pragma once
/*
 * chat_wire: how chat is asked for and answered in one format. chat.c knows when something is said, a wire how.
 * Each of the functions that say something adds to answer.out, by answer_add().
 */
#include "answer.h"

/* What a request for chat says. */
struct question {
    const char *last; /* the text of its last message; borrowed from the body */
    size_t bytes;     /* of the texts of all messages */
    bool stream;
    bool orders; /* it has words of the system */
    bool usage;  /* of tokens, at the end of a stream */
};

struct chat_wire {
    const char *stream_type;                                    /* media type of a stream */
    bool (*read)(json_t *body, struct question *ret);           /* false: there are no messages */
    const char *(*picky)(json_t *body, const char **ret_param); /* why newer models refuse it */
    void (*begin)(struct answer *answer);
    void (*word)(struct answer *answer, const char *word);
    void (*error)(struct answer *answer);
    void (*end)(struct answer *answer);
    json_t *(*whole)(const struct answer *answer, const char *text, size_t len);
};

/* Whether a message with a role is of the system. */
bool question_is_of_system(json_t *message);

extern const struct chat_wire chat_openai, chat_anthropic, chat_gemini, chat_gemini_stream,
    chat_ollama;
