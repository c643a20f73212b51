#pragma once
/*
 * told: a stored turn as the frames that it would have been: start, sources, delta, usage or error, end. Pure.
 */
#include "base/arena.h"

#include "chatsphere/v1/names.h"

#include <stdbool.h>
#include <stdint.h>

/* Calls fn with each frame, numbered from 1, until it returns false. Frames live during the call. */
void told_turn(struct cs_arena *a, const Turn *turn, bool (*fn)(void *user, const Frame *f),
               void *user);
/* The frame before the last: usage, or the error of a turn that failed. False: there is neither. */
bool told_outcome(struct cs_arena *a, const Turn *turn, Frame *ret);
/* The last frame; a is its memory. */
void told_end(struct cs_arena *a, const Turn *turn, Frame *ret);
