#pragma once
/*
 * Job: work that outlives its request, from the stream CHATSPHERE_JOBS.
 *
 * A message is a ticket with ids, never text; the row in the owner's schema is the truth. Each of
 * `workers` threads pulls one ticket at a time (Fetch(1)), with its own connection and arena, and
 * keeps it in progress while it works. What the handler returns decides:
 *   0                                     acknowledged (AckSync)
 *   CS_OVERLOADED/UPSTREAM/TIMEOUT/INTERNAL/LIMITED   tried again with a growing delay, 5 times in all
 *   any other failure, or the fifth       becomes a dead letter with its reason (bus/dead_letter.h)
 */
#include "bus/call.h"

struct Chatsphere__V1__Ticket;

struct cs_job {
    const char *verb; /* chatsphere.job.v1.<service>.<verb>.<tenant> */
    int workers;
    int (*fn)(struct cs_call *call, const struct Chatsphere__V1__Ticket *ticket);
};

/* Queues a ticket in the open transaction of call->pg, through the outbox. */
void cs_job_ticket(struct cs_call *call, const char *service, const char *verb,
                   const struct Chatsphere__V1__Ticket *ticket);
