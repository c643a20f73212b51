#pragma once
/*
 * account: readers outside the platform, as the broker knows them.
 *
 * Each subscription is an account of the broker that imports three subjects of the platform's account and nothing else:
 * the next message, the state and the acknowledgement of the consumer that bears the account's name. Its user may
 * publish to these alone. Credentials are revoked in the account's claims, and the broker cuts their connections then.
 *
 * The operator's key and a user of the system account stand in the file CHATSPHERE_NATS_CLAIMS_FILE. These functions wait
 * for the broker, at most ACCOUNT_WAIT_MS each; workers and tickers. They return 0, or negative with 503 on the call.
 */
#include "events/store.h"
#include "nats/nkey.h"

#include <stdbool.h>

#define ACCOUNT_STREAM "CHATSPHERE_EVENTS"
#define ACCOUNT_API_PREFIX "JS.cs.API"
#define ACCOUNT_INBOX_PREFIX "_INBOX"

enum { ACCOUNT_WAIT_MS = 3000, ACCOUNT_CONNECTIONS = 16 };

int account_start(void); /* 0, or -1 with a log line; without the file nobody can subscribe */
void account_stop(void);
int account_ready(struct cs_call *call); /* 0, or negative with 503: there is no such file */

/* New credentials of a user of the account, and the user's public key; texts in the arena. */
const char *account_user(struct cs_arena *a, const struct cs_nkey *account, const char *name,
                         const char **ret_user_key);
/* The broker knows the account as the row has it. */
int account_publish(struct cs_call *call, const struct subscription_row *s);
/* The broker forgets the account; connections of `s->user_key` are cut. */
int account_remove(struct cs_call *call, const struct subscription_row *s);

/* From where on a consumer delivers; both 0: from now on. */
struct consumer_start {
    int64_t from_ms, sequence;
    bool all; /* what is kept */
};

/* Makes the consumer of the row. A broker before 2.10 takes one subject: it gets the one that covers all. */
int consumer_make(struct cs_call *call, const struct subscription_row *s,
                  const struct consumer_start *start);
int consumer_remove(struct cs_call *call,
                    const struct subscription_row *s); /* fine when it is not there */
/* Events that are not acknowledged yet. STORE_NONE: the broker does not know the consumer. */
int consumer_lag(struct cs_call *call, const struct subscription_row *s, int64_t *ret);
/* The subjects that the consumer of the row delivers, with this broker. */
char **consumer_subjects(struct cs_arena *a, const struct subscription_row *s, size_t *ret_n);
