#pragma once
/*
 * store_conversation: conversations in SQL, one by one and as pages of lists, and those that end or expire by
 * themselves. Everything of store.h holds here, too.
 */
#include "chat/store.h"
#include "pg/pg.h"

/* Queued: fails, if at all, with the next statement. created_at of c counts for both times. */
void store_conversation_push(struct cs_call *call, const Conversation *c, const char *owner);
/* bot NULL: with any. STORE_NONE */
int store_conversation(struct cs_call *call, const struct store_who *who, const char *id,
                       const char *bot, Conversation **ret);
/* Open. STORE_NONE */
int store_conversation_update(struct cs_call *call, const UpdateConversationRequest *req,
                              const char *owner, Conversation **ret, int64_t *ret_version);
/* Open; bot NULL: with any. STORE_NONE */
int store_conversation_remove(struct cs_call *call, const struct store_who *who, const char *id,
                              const char *bot, char **ret_bot, int64_t *ret_version);
/*
 * Open. Its digest is due after lease_s seconds. owner NULL: only if its time without a message is over. STORE_NONE: it is
 * not active, or a turn of it is running.
 */
int store_conversation_end(struct cs_call *call, const char *id, const char *owner, int lease_s,
                           Conversation **ret, int64_t *ret_version);

/* A page; with who->all each item has its channel, use and feedback. */
int store_conversations(struct cs_call *call, const ListConversationsRequest *req,
                        const struct store_who *who, const struct cs_page *page,
                        Conversation ***ret, size_t *ret_n);

/* ---- of all tenants ---- */

struct store_due {
    const char *tenant, *conversation;
};
/* Rows of a tenant and a conversation each. */
int store_due_rows(struct cs_call *call, const PGresult *r, struct store_due **ret, size_t *ret_n);
int store_conversations_idle(struct cs_call *call, int limit, struct store_due **ret,
                             size_t *ret_n);
/* Workspaces that have conversations, in order behind `after`, which may be NULL. */
int store_tenants(struct cs_call *call, const char *after, int limit, char ***ret, size_t *ret_n);

struct store_expired {
    const char *id, *bot;
    int64_t version;
};
/* Open: removes some that have not changed for so many days. */
int store_conversations_expire(struct cs_call *call, int64_t days, int limit,
                               struct store_expired **ret, size_t *ret_n);
