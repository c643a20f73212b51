#pragma once
/*
 * frame: the frames of a turn, sent to the edge that asked for them; without one nothing is sent. Belongs to the thread that
 * has the turn's call.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct turn;

void frame_start(struct turn *t);
/* For struct delta, with the turn as its state: a piece of the answer, and of the reasoning. */
void frame_delta(void *state, const char *text, size_t len);
void frame_reasoning(void *state, const char *text, size_t len);
int64_t frame_pace(void);            /* ms between two of them, by the number of running turns */
void frame_thinking(struct turn *t); /* the status while no text comes */

enum { FRAME_LAST = 2 }; /* frames that frame_last() sends */
/* The usage, or the problem of a turn that failed; then the end with its reason. */
void frame_last(struct turn *t, bool failed, const char *reason);
