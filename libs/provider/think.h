#pragma once
/*
 * think: text of a model that thinks aloud between tags, <think> to </think>, taken apart into reasoning and answer.
 *
 * Only tags in front of the answer count: behind its first word they are words. Tags may be split anywhere, so the
 * beginning of what may be one is held back until more comes. Some templates write the first tag into the prompt:
 * then a piece with the closing tag alone ends the reasoning. Pure; one thread at a time.
 */
#include <stdbool.h>
#include <stddef.h>

enum { CS_THINK_TAG = 16 };

struct cs_think {
    enum { CS_THINK_BEFORE, CS_THINK_WITHIN, CS_THINK_BEHIND } at; /* of the reasoning */
    bool thought;                                                  /* a tag was closed */
    const char *close;                                             /* the tag that ends it */
    char held[CS_THINK_TAG];
    size_t n_held;
    void (*say)(void *state, const char *text, size_t len, bool reasoning);
    void *state;
};

void cs_think_feed(struct cs_think *t, const char *text, size_t len);
void cs_think_end(struct cs_think *t); /* says what is held */
