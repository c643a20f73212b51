#pragma once
/*
 * react: tools for models without an interface for them, by words alone.
 *
 * The model writes "Action: <tool>" and "Action Input: {json}", reads "Observation: ..." and ends with "Final Answer: ...".
 * Text comes in pieces as it is said; only what follows "Final Answer:" is passed on. What a model makes up behind its
 * action, such as an observation of its own, does not count. Pure; memory of the arena but for the text, which
 * react_free() frees.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "provider/chat_wire.h"

#include <stdbool.h>

struct react {
    void (*answer)(void *state, const char *text, size_t len);
    void *state;
    struct cs_buf text; /* all that was said in this step */
    size_t line,
        seen;        /* the beginning of the latest line, and how far an end of it was looked for */
    size_t answered; /* end of what was passed on */
    bool acting, answering;
    bool begun; /* the answer has more than blanks */
};

enum { REACT_TEXT = 64 * 1024 /* of a step before its mark; more is left out */ };

/* The rules and the tools, for the system message. */
const char *react_rules(struct cs_arena *a, const struct cs_chat_tool *tools, size_t n);

void react_add(struct react *r, const char *text, size_t len);

/*
 * The end of the step: true with the call that the model asks for, its arguments as the model wrote them or marked
 * as malformed. Else all was the answer; text without any mark is passed on now.
 */
bool react_end(struct react *r, struct cs_arena *a, struct cs_chat_call *ret);
/* The text up to and with the action, as it is told the model again. */
const char *react_said(const struct react *r, struct cs_arena *a);
void react_clear(struct react *r); /* for the next step */
void react_free(struct react *r);
