#pragma once
/*
 * clock: h2o times everything with gettimeofday(). When the wall clock steps forward it would break
 * off connections as idle or late; when it steps back no timer would fire until the time is made
 * up. So the edge defines gettimeofday() itself, which the linker prefers to the C library's: it
 * never goes back, and comes after a step of the wall clock by a tenth of the time that passes.
 * Only h2o asks it (the header `date` may be wrong for a while); our own code has base/clock.h.
 */
#include <stdint.h>

void clock_begin(void); /* before any loop: shows the wall clock as it is */

/* Microseconds to show: wall and mono are the clocks now, *last what was shown, at mono *at. */
int64_t clock_follow(int64_t wall, int64_t mono, int64_t *last, int64_t *at);
