#pragma once
/* reference: character references of HTML and XML in a short text. Pure; any thread. */
#include "base/arena.h"

#include <stddef.h>

/* A copy in which numbers and the most frequent names are characters; others stay as they are. Never longer than the text. */
char *reference_decode(struct cs_arena *a, const char *s, size_t len);
