#pragma once
/*
 * Prompt: what a language model is told, whichever provider it is of.
 *
 * First one system message: what the bot is told to be, how to answer and to cite, and the
 * passages, numbered as the answer's sources are. Then the conversation so far, then the question.
 * Passages are fenced, and the model is told that they are quotations, so that the author of a
 * document does not give orders to the model. The fence holds a random word of the request, which
 * no document can contain, and loses its brackets wherever a document imitates it. Everything is cut
 * to a size. Templates of models want a question first and then answers and questions in turn: the history is
 * whole pairs, and a question without an answer is left out of it. Pure; memory of the arena.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "chatsphere/v1/names.h"
#include "provider/chat_wire.h"

#include <stdbool.h>

enum {
    PROMPT_PASSAGES = 128 * 1024, /* bytes of all passages */
    PROMPT_HISTORY =
        16 * 1024, /* estimated tokens of all earlier messages; the newest have precedence */
};

struct prompt_parts {
    const char *instructions; /* the bot's system prompt; NULL: a plain one */
    const SearchReply *found;
    const char *fence;                     /* a random word, of letters and digits */
    bool cite;                             /* the reader sees the sources */
    const struct cs_chat_message *history; /* newest first */
    size_t n_history;
    int64_t max_history; /* tokens; 0: PROMPT_HISTORY */
    size_t max_passages; /* bytes; 0: PROMPT_PASSAGES */
    const char *question;
    bool given; /* the history is the caller's own: neighbours of one role become one message */
};

struct prompt {
    struct cs_chat_message *messages;
    size_t n;
    size_t bytes; /* of all texts */
};

/* Text of a stranger between fences, as passages are. */
void prompt_quote(struct cs_buf *out, const char *text, size_t len, const char *fence);

void prompt_compose(struct cs_arena *a, const struct prompt_parts *parts, struct prompt *ret);
