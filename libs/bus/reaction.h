#pragma once
/* reaction: one puller for each event or pattern a service reacts to (bus/service.h). Internal. */
#include "bus/dead_letter.h"
#include "bus/service.h"
#include "nats/topology.h"

struct __natsMsg;
struct cs_call_state;

/* An event that was delivered, and what became of it. Strings live in the arena of the round. */
struct cs_reacted {
    struct __natsMsg *msg;
    uint64_t delivered; /* times, this one included */
    struct cs_event_raw event;
    ProtobufCMessage *payload; /* of a row with `many` */
    enum cs_verdict verdict;
    const char *reason, *request_id; /* of a failure */
};

/*
 * Runs the row for n events, of which msg and delivered are filled in, and gives each its verdict. A
 * row with `many` gets those that come for the first time together. What fails is halved until the
 * events that fail are found, so one of them holds up n others for about 2 log n calls; one that comes again
 * runs alone, so that it never spoils a batch. While the database is away no try ends. For tests, too: no broker.
 */
void cs_reaction_run(struct cs_call_state *s, struct cs_arena *a, const struct cs_reaction *row,
                     struct cs_reacted *events, int n);
/* Wait before the next try: 1 s to 16 s, so that ten tries take a minute and a half. */
int64_t cs_reaction_delay_ms(uint64_t delivered);

/* False, with a message on standard error: rows and topology name different events. NULL: no rows. */
bool cs_reactions_listed(const struct cs_reaction *reactions, const struct cs_node *node);
void cs_reactions_start(const struct cs_reaction *reactions); /* ends with {0} */

/* Reads subject and headers; strings of the subject are copied into a. False: it is no event. */
bool cs_event_read(struct cs_arena *a, struct __natsMsg *msg, struct cs_event_raw *ret);
