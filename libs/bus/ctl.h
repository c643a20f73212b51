#pragma once
/* ctl: the fan-out messages a service listens to, and cancels. Internal. */
#include "bus/service.h"

int cs_ctl_start(const struct cs_ctl *rows); /* ends with {0}; may be NULL. 0 or -1 */
