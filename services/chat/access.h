#pragma once
/*
 * Access: where a bot's language model is, and the key to it.
 *
 * The key is asked of bot_store with a context that chat signs itself, because a visitor of public
 * chat comes without any. It is used for 2 s at most before it is asked for again, and wiped when
 * the bot changes. Any thread.
 */
#include "bus/service.h"

struct access {
    const char *base_url; /* without / at the end */
    const char *api_key;  /* NULL: none */
};

int access_start(void); /* settings loaded; 0, or -1 with a log line */
void access_stop(void);

/* In the call's arena. Negative with the problem when there is no key, or nowhere to go. */
int access_of(struct cs_call *call, const char *bot, const char *provider, struct access *ret);

void access_on_change(const char *subject, const char *bot, size_t len); /* ctl cache.bot.* */
