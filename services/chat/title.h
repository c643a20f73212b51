#pragma once
/* Title: a conversation's title when none was given, from the first thing said in it. */
#include "base/arena.h"

enum { TITLE_CHARACTERS = 80 };

/* White space becomes one blank; what is too long ends at a word with an ellipsis. */
char *title_from(struct cs_arena *a, const char *text);
