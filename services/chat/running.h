#pragma once
/*
 * Running: the turns that this process is answering.
 *
 * A turn is in the list from its acceptance to its end. The list says which leases to renew and is
 * where a request to stop arrives, from the bus or with the renewal. Any thread.
 *
 * A turn goes on when its client has hung up, so open turns are limited here: those of a workspace, and
 * of them those of the visitors of one public bot.
 */
#include "bus/service.h"

struct running; /* one turn; owned by the list */

/* Open turns of a workspace and of the visitors of one bot at most, in this process; before the first. */
void running_limits(size_t n_tenant, size_t n_visitors);
/* visited: the bot of a public chat; else NULL. NULL: there are too many; 429 stands on the call. */
struct running *running_add(struct cs_call *call, const char *turn, const char *visited);
/* Names the bot of a turn whose bot was unknown when it was added. */
void running_set_bot(struct running *r, const char *bot);
void running_remove(struct running *r); /* NULL is fine; r is gone */
bool running_cancelled(const struct running *r);
/* NULL, or why the turn is no longer allowed: a sentence that lives as long as the turn. */
const char *running_refusal(const struct running *r);

size_t running_count(void);

/* chatsphere.ctl.turn_cancel.<turn>: the turn may be anyone's */
void running_on_cancel(const char *subject, const char *turn, size_t len);

/* Ticker: renews the leases and marks the turns that are to stop. */
void running_renew(struct cs_call *call);

/* Ticker: ends the turns whose workspace, caller or bot is no longer allowed to answer. */
void running_check(struct cs_call *call);
bool running_any(void); /* whether a turn runs, or was added a moment ago */

/* The name of this process as a runner, new at each start. */
const char *running_runner(void);
