#pragma once
/*
 * Replay: the frames of a turn read back from the stream CHATSPHERE_TURNS.
 *
 * For a reader that lost its stream, and for a turn whose process died. The stream keeps frames for five
 * minutes; it is asked frame by frame, so this is not for a normal path.
 */
#include "bus/service.h"

/*
 * Calls fn with each frame of a subject in order; a frame lives only during the call. 0, or -1 when the
 * stream could not be read.
 */
int cs_frames_replay(const char *subject,
                     void (*fn)(void *state, const struct Chatsphere__V1__Frame *frame),
                     void *state);

/*
 * Makes the stream again if the broker was restarted since the last call: it lives in the broker's
 * memory. Called by one ticker, at once when the broker is back.
 */
void cs_frames_capture(void);
bool cs_frames_uncaptured(void); /* whether that is to be done; any thread */
