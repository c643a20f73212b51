#pragma once
/* subscription: the look whether the broker still knows all subscribers. */
#include "bus/service.h"

void subscription_tick(struct cs_call *call); /* of a ticker */
