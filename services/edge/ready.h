#pragma once
/* ready: conditions of /readyz that hold when they hold in every loop. Any thread. */
#include <stdbool.h>

enum ready_part { READY_BUS, READY_KEYS, READY_PARTS };

void ready_begin(int loops);                      /* nothing holds yet */
void ready_change(enum ready_part part, bool ok); /* in one loop; only when it changes there */
