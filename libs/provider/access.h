#pragma once
/*
 * Access: where a bot's models are, at one provider, and the key to them.
 *
 * The key is asked of bot_store, which gives it to chat and embed only. It is used for 2 s at most before it is asked for again, and wiped
 * when the bot changes. Any thread.
 */
#include "bot/bot.h"

struct cs_access {
    const char *base_url; /* without / at the end */
    const char *api_key;  /* NULL: none */
};

void cs_access_stop(void); /* forgets all keys */

/* In the call's arena. Negative with the problem when there is no key, or nowhere to go. */
int cs_access_of(struct cs_call *call, const char *bot, const char *provider,
                 struct cs_access *ret);

/* Those of a request in JSON, for struct cs_http_request: key_header is what stands before the key, header another one
 * or NULL. */
const char *const *cs_access_headers(struct cs_arena *a, const struct cs_access *access,
                                     const char *key_header, const char *header);

/* A row for the cs_ctl table of such a program. */
void cs_access_on_change(const char *subject, const char *bot, size_t len);
#define CS_ACCESS_CTL                                                                              \
    {                                                                                              \
        .subject = CS_BOT_CHANGES ".*", .fn = cs_access_on_change                                  \
    }
