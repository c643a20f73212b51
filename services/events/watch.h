#pragma once
/*
 * watch: the stream of events. A call that waits here holds no worker. One ticker reads, with one statement, what is
 * new of all workspaces that have streams, and sends each stream what it wants.
 */
#include "bus/service.h"

enum { WATCH_TENANT = 64, WATCH_ALL = 1024 };

void watch_tick(struct cs_call *call);
bool watch_under_way(void);
void watch_wake(void); /* there is something new. Any thread. */
void watch_leave(void);
