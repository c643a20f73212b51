#pragma once
/* reaction: one puller for each event or pattern a service reacts to (bus/service.h). Internal. */
#include "bus/service.h"
#include "nats/topology.h"

struct __natsMsg;

/* False, with a message on standard error: rows and topology name different events. NULL: no rows. */
bool cs_reactions_listed(const struct cs_reaction *reactions, const struct cs_node *node);
void cs_reactions_start(const struct cs_reaction *reactions); /* ends with {0} */

/* Reads subject and headers; strings of the subject are copied into a. False: it is no event. */
bool cs_event_read(struct cs_arena *a, struct __natsMsg *msg, struct cs_event_raw *ret);
