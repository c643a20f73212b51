#pragma once
/*
 * Access: where a bot's models are, at one provider, and the key to them.
 *
 * The key is asked of bot_store with a context that the service signs itself, because a visitor of
 * public chat comes without any. It is used for 2 s at most before it is asked for again, and wiped
 * when the bot changes. For programs with a setting SIGN_KEY. Any thread.
 */
#include "bot/bot.h"

struct cs_access {
    const char *base_url; /* without / at the end */
    const char *api_key;  /* NULL: none */
};

int cs_access_start(void); /* settings loaded; 0, or -1 with a log line */
void cs_access_stop(void);

/* In the call's arena. Negative with the problem when there is no key, or nowhere to go. */
int cs_access_of(struct cs_call *call, const char *bot, const char *provider,
                 struct cs_access *ret);

/* Those of a request in JSON, for struct cs_http_request. */
const char *const *cs_access_headers(struct cs_arena *a, const struct cs_access *access);

/* A row for the cs_ctl table of such a program, and one for its cs_env table. */
void cs_access_on_change(const char *subject, const char *bot, size_t len);
#define CS_ACCESS_CTL                                                                              \
    {                                                                                              \
        .subject = CS_BOT_CHANGES ".*", .fn = cs_access_on_change                                  \
    }
#define CS_ACCESS_ENV                                                                              \
    {                                                                                              \
        .name = "SIGN_KEY", .kind = CS_ENV_SECRET, .required = true,                               \
        .help = "key that signs this program's context: <name> <base64url seed>"                   \
    }
