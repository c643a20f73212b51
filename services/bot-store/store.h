#pragma once
/*
 * store: all SQL of bot-store.
 *
 * A function that reads is one transaction, and the messages it returns live in the call's arena.
 * One marked open leaves its transaction open for what follows; store_commit() ends it, and a
 * handler that gives up in between calls cs_pg_rollback(). All return 0, a positive outcome, or a
 * negative number when the database failed (the problem stands on the call).
 *
 * A Bot from here has in its configuration and widget only what was set; bot_show() fills in the
 * defaults.
 */
#include "bus/page.h"
#include "chatsphere/v1/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum store_outcome {
    STORE_UNKNOWN = 1, /* no such row; the transaction is over */
    STORE_FULL,        /* as many as are allowed; the transaction is over */
};

struct sealed_key {
    const void *box;
    size_t len;
    char *base_url;
};

int store_commit(struct cs_call *call);

/* STORE_UNKNOWN */
int store_bot(struct cs_call *call, const char *id, Bot **ret);
int store_public_bot(struct cs_call *call, const char *id, Bot **ret); /* of any tenant */
int store_bots_page(struct cs_call *call, const struct cs_page *page, Bot ***ret, size_t *ret_n);

/* open; max < 0: no limit; STORE_FULL */
int store_bot_add(struct cs_call *call, const Bot *bot, int64_t max);
/* open; the row is ours until the end; STORE_UNKNOWN */
int store_bot_lock(struct cs_call *call, const char *id, Bot **ret);
/* open; writes all but the keys */
void store_bot_save(struct cs_call *call, const Bot *bot);
/* open; ret has the ids and the next version; STORE_UNKNOWN */
int store_bot_remove(struct cs_call *call, const char *id, Bot **ret);

/* open; the bot is locked */
void store_key_put(struct cs_call *call, const Bot *bot, const ProviderKey *key, const void *box,
                   size_t len);
void store_key_remove(struct cs_call *call, const Bot *bot, const char *provider);
/* STORE_UNKNOWN; ret_bot has only the ids */
int store_key(struct cs_call *call, const char *bot, const char *provider, struct sealed_key *ret,
              Bot **ret_bot);
