#pragma once
/*
 * evaluation: whether a bot's retrieval finds what its owner expects: questions with their expected passages, the share of
 * hits and the mean reciprocal rank, run after run, so that a change of documents or settings can be judged.
 *
 *   evaluation.c   the requests of the API
 *   evaluate.c     the run: a job that searches a few questions and queues itself again
 *   expect.c       whether a passage is the expected one
 *
 * A run asks for one search at a time, as everybody does over the bus, and gives way after each few questions; so it
 * takes a small share of its workspace, which has its share of the service. A process that dies loses a few questions.
 */
#include "bus/job.h"
#include "bus/service.h"

enum {
    EVALUATION_QUESTIONS = 200,
    EVALUATION_BYTES = 256 * 1024, /* of the questions with what is expected */
    EVALUATION_OPEN = 3,           /* under way in a workspace */
    EVALUATION_FOUND = 3,          /* passages that are kept of a question */
    EVALUATION_TRIES = 5,          /* without progress */
};

struct Chatsphere__V1__Ticket;

int evaluate_run(struct cs_call *call, const struct Chatsphere__V1__Ticket *ticket);
/* Into the open transaction: a ticket for the run. */
void evaluate_ticket(struct cs_call *call, const char *bot, const char *id);
void evaluate_tick(struct cs_call *call); /* a ticker: runs whose ticket was lost */
bool evaluate_under_way(void); /* whether this process has had to do with one in the last minutes */
