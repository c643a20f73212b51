#pragma once
/* stop: the moment from which nothing new is begun. Background threads wait here between rounds. */
#include <stdbool.h>
#include <stdint.h>

void cs_stop_set(void);
bool cs_stopping(void);
bool cs_stop_wait(int64_t ms); /* true as soon as it is set, false after ms */
