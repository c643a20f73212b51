#pragma once
/*
 * bus: bare NATS request and reply between two connections of this process, with nothing of ours in
 * between: what a broker costs at least.
 */
#include "load.h"

/* `connections` requests are under way at any time. Result as of load_run(). */
void bus_run(int connections, int seconds, struct load_result *ret);
