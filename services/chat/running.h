#pragma once
/*
 * Running: the turns that this process is answering.
 *
 * A turn is in the list from its acceptance to its end. The list says which leases to renew and is
 * where a request to stop arrives, from the bus or with the renewal. Any thread.
 */
#include "bus/service.h"

struct running; /* one turn; owned by the list */

struct running *running_add(const char *turn);
void running_remove(struct running *r); /* NULL is fine; r is gone */
bool running_cancelled(const struct running *r);

size_t running_count(void);

/* chatsphere.ctl.turn_cancel.<turn>: the turn may be anyone's */
void running_on_cancel(const char *subject, const char *turn, size_t len);

/* Ticker: renews the leases and hears which turns are to stop. */
void running_renew(struct cs_call *call);

/* The name of this process as a runner, new at each start. */
const char *running_runner(void);
