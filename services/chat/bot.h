#pragma once
/*
 * Bot: bots as bot-store has them, remembered for 2 s and dropped at once when
 * chatsphere.ctl.cache.bot.<tenant> names one. Any thread.
 */
#include "bus/client.h"
#include "chatsphere/v1/names.h"

/*
 * The bot in call's arena, or a negative number with the problem on the call; every unknown,
 * foreign, malformed or (for the second) not public id gives the same NOT_FOUND.
 */
int bot_get(struct cs_call *call, const char *id, Bot **ret);        /* of call->tenant */
int bot_get_public(struct cs_call *call, const char *id, Bot **ret); /* of any; bears tenant_id */

Bot *bot_known(struct cs_call *call, const char *id); /* of call->tenant, if remembered; or NULL */

void bot_on_change(const char *subject, const char *id, size_t len); /* ctl cache.bot.* */
