#pragma once
/*
 * reseal: provider keys that are sealed with another key than the newest are sealed with that one, so that
 * the other can be dropped. A round goes through all of them. It comes within 5 s when keys were loaded or
 * another one has become the newest, else once a minute, since an older program may still seal otherwise.
 */
#include "bus/service.h"

void reseal_start(void);
void reseal_wake(void); /* the keys were loaded; any thread */

/* ticker */
void reseal_round(struct cs_call *call);
bool reseal_under_way(void);
