#pragma once
/*
 * Takeover: ends the turns of processes that died.
 *
 * Every replica looks for turns whose lease lapsed and claims them; what was said is rebuilt from
 * the frames, kept as an interrupted message, and whoever still listens is told so.
 */
#include "bus/service.h"

void takeover_tick(struct cs_call *call); /* ticker */
/* A ticker too, and a quick one: until the stream is made again, a restarted broker captures nothing. */
void takeover_prepare(struct cs_call *call);
bool takeover_under_way(
    void); /* whether anyone's turn was running at the last look, or one runs here */
