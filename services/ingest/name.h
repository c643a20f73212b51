#pragma once
/*
 * name: the file name that a document keeps. Clients send paths, and names that show other than they are; a kept name is one
 * component in normalisation form C, without the characters that change the direction of text. Pure; any thread.
 */
#include "base/arena.h"

#include <stdbool.h>

/* In the arena; NULL: nothing is left that can be seen, or it is "." or "..". Control characters are refused before. */
const char *name_clean(struct cs_arena *a, const char *name);
bool name_has_control(const char *name);
