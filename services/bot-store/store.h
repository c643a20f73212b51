#pragma once
/*
 * store: all SQL of bot-store.
 *
 * A function that reads is one transaction, and the messages it returns live in the call's arena.
 * One marked open leaves its transaction open for what follows; store_commit() ends it, and a
 * handler that gives up in between calls cs_pg_rollback(). All return as bus/store.h says; with an
 * outcome the transaction is over.
 *
 * A Bot from here has in its configuration and widget only what was set; bot_show() fills in the
 * defaults.
 */
#include "bus/page.h"
#include "bus/store.h"
#include "chatsphere/v1/names.h"
#include "crypto/crypto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The name under which the identity secret of a bot is kept among its keys; no provider's can be it. */
#define STORE_IDENTITY "@identity"

struct sealed_key {
    const void *box;
    size_t len;
    char *base_url;
};

/* The sealed headers of a tool (headers.h), under its name among the provider keys. */
struct tool_box {
    const char *provider; /* NULL: none */
    const char *url;
    const void *box;
    size_t len;
};

/* A provider key that is sealed with an older seal key, and its place in the order. */
struct stale_box {
    const char *tenant, *bot, *provider; /* NULL: before all */
    const void *box;
    size_t len;
};

/* STORE_NONE */
int store_bot(struct cs_call *call, const char *id, Bot **ret);
int store_public_bot(struct cs_call *call, const char *id, Bot **ret); /* of any tenant */
int store_bots_page(struct cs_call *call, const struct cs_page *page, Bot ***ret, size_t *ret_n);
int store_bots_count(struct cs_call *call, int64_t *ret);

/* open; max < 0: no limit; STORE_FULL */
int store_bot_add(struct cs_call *call, const Bot *bot, int64_t max);
/* open; the row is ours until the end; STORE_NONE */
int store_bot_lock(struct cs_call *call, const char *id, Bot **ret);
/* open; writes all but the keys */
void store_bot_save(struct cs_call *call, const Bot *bot);
/* open; ret has the ids and the next version; STORE_NONE */
int store_bot_remove(struct cs_call *call, const char *id, Bot **ret);

/* Notes that the widget was shown on an origin. At most STORE_SEEN_MAX of a bot are kept, the latest. */
enum { STORE_SEEN_MAX = 20 };
int store_seen_put(struct cs_call *call, const Bot *bot, const char *origin);
/* The latest first. */
int store_seen(struct cs_call *call, const char *bot, SeenOrigin ***ret, size_t *ret_n);

/* open; the bot is locked */
void store_key_put(struct cs_call *call, const Bot *bot, const ProviderKey *key, const void *box,
                   size_t len);
void store_key_remove(struct cs_call *call, const Bot *bot, const char *provider);
/* STORE_NONE; ret_bot has only the ids */
int store_key(struct cs_call *call, const char *bot, const char *provider, struct sealed_key *ret,
              Bot **ret_bot);

/* Within the open transaction of the bot's change. False: there is none. */
bool store_tool_box(struct cs_call *call, const Bot *bot, const char *provider,
                    struct sealed_key *ret);
void store_tool_box_put(struct cs_call *call, const Bot *bot, const struct tool_box *box);
/* Removes the boxes of tools with other names. */
void store_tool_boxes_keep(struct cs_call *call, const Bot *bot, char *const *names, size_t n);

/* Of all tenants, at most max behind `last`: those that do not begin with head (crypto/crypto.h). */
int store_stale_boxes(struct cs_call *call, const unsigned char head[CS_SEAL_HEAD],
                      const struct stale_box *last, size_t max, struct stale_box **ret,
                      size_t *ret_n);
/* Does nothing if the box is another one meanwhile. */
int store_box_replace(struct cs_call *call, const struct stale_box *old,
                      const struct stale_box *fresh);
