#pragma once
/*
 * repair: what a vector store outside lacks is stored, and what it has too many of is dropped.
 *
 * A segment whose put did not end, one from before this store was in use, and one of a collection that the server
 * has lost are put again; vectors whose segment is gone are dropped. A ticker of each process does it, in small
 * rounds, and a round is taken by one process.
 */
#include "bus/call.h"

enum { REPAIR_MS = 1000 };

void repair_tick(struct cs_call *call);
