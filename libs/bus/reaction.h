#pragma once
/* reaction: one puller for each event a service reacts to (bus/service.h). Internal. */
#include "bus/service.h"

void cs_reactions_start(const struct cs_reaction *reactions); /* ends with {0} */
