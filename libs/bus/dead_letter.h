#pragma once
/*
 * dead_letter: what becomes of a job's ticket or an event that was tried, and the record of one that
 * fails for good.
 *
 * A dead letter is a message of the stream CHATSPHERE_DLQ with the body and the headers of the one
 * that failed, on chatsphere.dlq.v1.<service>.<name>.<tenant>, where name is a job's verb or an
 * event as message_completed. Further headers say why (Cs-Reason), in which call (Cs-Request-Id),
 * after how many deliveries (Cs-Deliveries), whence (Cs-Subject) and to whom (Cs-Consumer).
 * `chatsphere dlq` lists, shows, replays and drops them. Internal.
 */
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct __natsMsg;
struct cs_call;

enum { CS_MAX_DELIVERIES = 10 };

enum cs_verdict { CS_DONE, CS_AGAIN, CS_DEAD };

/*
 * r and status are what the handler left, delivered counts this try. A failure that may pass (500,
 * 502, 503, 504, 429) is tried `tries` times in all, another one is final.
 */
enum cs_verdict cs_verdict_of(int r, int status, uint64_t delivered, uint64_t tries);

/* Why the call failed, for the operator: what the log says of it. Lives as long as the call. */
const char *cs_dead_reason(const struct cs_call *call);

struct cs_dead_letter {
    const char *kind;     /* job or event: label of cs_dead_letters_total */
    const char *consumer; /* the durable consumer that delivered it */
    const char *name, *tenant;
    const char *reason, *request_id;
    uint64_t delivered;
};

/* Stores it and waits for the stream. False: it is not stored, so the message must come again. */
bool cs_dead_letter_send(struct cs_arena *a, struct __natsMsg *msg, const struct cs_dead_letter *d);
