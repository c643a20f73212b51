#pragma once
/*
 * Builtin: an answer without a language model. The best passages are quoted, each with its number,
 * document and headings, and the reader is told why they are quotations.
 */
#include "base/arena.h"
#include "chatsphere/v1/names.h"

#include <stdbool.h>

struct builtin {
    const char *question;
    const SearchReply *found;
    bool cite;                                              /* name the documents */
    bool (*say)(void *state, const char *text, size_t len); /* false: say no more */
    void *state;
};

void builtin_compose(struct cs_arena *a, const struct builtin *b);

/* Whether a line of an answer is the answerer's own and no quotation, without its mark. */
bool builtin_said(const char *line, size_t len);
