#pragma once
/*
 * sweep: what a service keeps of a bot goes with the bot, also when its event was missed.
 *
 * bot.deleted tells it at once, but the stream keeps events for some days only. A ticker of the service asks
 * bot_store about 64 of its bots a round, and erases what belongs to one that does not exist. The
 * schema has a function bots_held(after_tenant, after_bot, n), which lists them in order; behind the
 * last one the sweep begins again. One thread: that of the ticker.
 */
#include "base/id.h"
#include "bus/call.h"

enum { CS_SWEEP_MS = 60 * 1000 };

struct cs_bot_sweep {
    int (*erase)(struct cs_call *call, const char *bot,
                 const char *id);             /* the reaction to bot.deleted */
    char tenant[CS_ID_SIZE], bot[CS_ID_SIZE]; /* the last one that was asked about; "": none */
};

void cs_bot_sweep(struct cs_call *call, struct cs_bot_sweep *s);
