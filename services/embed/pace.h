#pragma once
/*
 * pace: how many requests to one provider with one key may be under way at once, and when the next one may go.
 *
 * All calls of a workspace with that key share it: each success allows one more, each refusal halves the number, and
 * a Retry-After holds for all. What is not used for long is forgotten. Any thread.
 */
#include <stddef.h>
#include <stdint.h>

enum { PACE_KEY = 32, PACE_FIRST = 4, PACE_MOST = 8 };

size_t pace_window(const unsigned char key[PACE_KEY]);
int64_t pace_wait_ms(const unsigned char key[PACE_KEY]); /* 0: now */
void pace_good(const unsigned char key[PACE_KEY]);
/* Refused for now; retry_after_ms 0: not said. */
void pace_refused(const unsigned char key[PACE_KEY], int64_t retry_after_ms);
/* An allowance is used up: for a minute nothing is asked. */
void pace_spent(const unsigned char key[PACE_KEY]);
/* Whether that is so. */
int pace_is_spent(const unsigned char key[PACE_KEY]);
