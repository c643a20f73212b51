#pragma once
/*
 * Hint: which bot a conversation is with and what was asked last, as this process saw it.
 *
 * It lets the search for a question begin while the database still looks the conversation up. A
 * conversation never changes its bot, and the row is asked all the same: a hint saves time and
 * grants nothing. Two conversations that share a slot push each other out. The questions are kept for
 * HINT_KEPT_MS and no longer than the conversation, as far as this process deletes it. Any thread.
 */
#include "base/arena.h"
#include "base/id.h"

enum {
    HINT_QUESTIONS = 2,
    HINT_CHARACTERS = 300, /* of a question */
    HINT_KEPT_MS = 10 * 60 * 1000,
};

struct hint {
    char bot[CS_ID_SIZE];
    char *questions[HINT_QUESTIONS]; /* the latest first, in the arena of the caller */
    size_t n_questions;
};

/* A conversation that begins, or its next question (not NULL). */
void hint_put(const char *conversation, const char *bot, const char *question);
/* False: it is not known, or not well enough any more. */
bool hint_get(struct cs_arena *a, const char *conversation, struct hint *ret);
void hint_drop(const char *conversation);
