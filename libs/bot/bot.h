#pragma once
/*
 * bot: the bots of bot_store, for the services that work for them.
 *
 * A bot is cached for 2 s. Its entry is dropped as soon as bot_store publishes that the bot changed;
 * a service that calls cs_bot_get() names CS_BOT_CTL in its cs_ctl table. Every bot from here has a
 * configuration with the defaults filled in (bot/configuration.h). Bots live in the call's arena.
 * Any thread.
 */
#include "bus/service.h"
#include "chatsphere/v1/names.h"

/*
 * The bot of the call's workspace. 0, or negative with the problem on the call: an unknown, foreign
 * or malformed id is the same NOT_FOUND.
 */
int cs_bot_get(struct cs_call *call, const char *id, Bot **ret);

/* As cs_bot_get(), but asks bot_store even if the bot is cached: for work that outlives a deletion. */
int cs_bot_fetch(struct cs_call *call, const char *id, Bot **ret);

/* The public bot of any workspace, with its tenant_id; a bot that is not public is NOT_FOUND, too. */
int cs_bot_get_public(struct cs_call *call, const char *id, Bot **ret);

/* The bot of the call's workspace if it is cached, otherwise NULL. Asks nobody. */
Bot *cs_bot_known(struct cs_call *call, const char *id);

/* ---- changes ---- */

#define CS_BOT_CHANGES "cache.bot" /* chatsphere.ctl.cache.bot.<tenant>, the id is the payload */

/* Publishes that the bot changed, so that every service drops it from its cache. For bot_store. */
void cs_bot_changed(const Bot *bot);

/* A row for the cs_ctl table of a service. */
void cs_bot_on_change(const char *subject, const char *id, size_t len);
#define CS_BOT_CTL                                                                                 \
    {                                                                                              \
        .subject = CS_BOT_CHANGES ".*", .fn = cs_bot_on_change                                     \
    }
