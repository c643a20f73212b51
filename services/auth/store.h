#pragma once
/*
 * store: all SQL of auth.
 *
 * A function that reads is one transaction and copies what it found into the call's arena. One
 * that writes leaves its transaction open, so that the event of the change can be added;
 * store_commit() ends it:
 *
 *     r = store_profile(call, user, &change, &acc);
 *     if (r)
 *         return r == STORE_NONE ? account_gone(call) : r;
 *     account_event(call, acc, "updated", changed);
 *     return store_commit(call);
 *
 * All return as bus/store.h says; with an outcome the transaction is over.
 */
#include "bus/page.h"
#include "bus/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STORE_HASH = 32, STORE_MAX_KEYS = 10000, STORE_MAX_INVITATIONS = 1000 };

/* A user in the personal workspace. */
struct account {
    char *id, *username, *email, *password; /* password: its hash */
    char *first_name, *last_name, *status;
    bool staff;
    int64_t version, created_ms;
    char *tenant, *workspace, *plan, *role, *workspace_status;
    int64_t workspace_ms;
};

struct profile_change {
    bool set_first_name, set_last_name;
    const char *first_name, *last_name;
};

/* A session to be opened; the hash is that of its first refresh token. */
struct session_row {
    const char *id;
    unsigned char hash[STORE_HASH];
    int64_t expires_ms;
    const char *user_agent, *address; /* NULL: unknown */
};

/* A session as its owner sees it: a signed-in device. */
struct device_row {
    char *id, *user_agent, *address; /* NULL: unknown, but for the id */
    int64_t created_ms, last_used_ms, expires_ms;
};

/* An invitation to register on the platform. */
struct invitation_row {
    char *id, *email, *created_by, *used_by; /* email NULL: any; used_by NULL: unused */
    unsigned char hash[STORE_HASH];          /* of the code; only when it is created */
    int64_t created_ms, expires_ms, used_ms; /* used_ms 0: unused */
};

/* Who bears a credential; id is the user's or the key's. */
struct bearer {
    char *tenant, *id, *role, *plan;
    char **scopes;
    size_t n_scopes;
    bool staff;
    int64_t expires_ms; /* 0: never */
};

struct key_row {
    char *id, *user, *name, *prefix;
    char **scopes;
    size_t n_scopes;
    unsigned char hash[STORE_HASH];               /* only when it is made */
    int64_t created_ms, expires_ms, last_used_ms; /* 0: never */
};

struct plan_row {
    char *name;
    int64_t max_bots, max_documents, max_document_bytes, max_messages; /* -1: no limit */
    int64_t max_tokens, max_api_keys, max_public_messages_day, max_public_messages;
    int64_t conversation_days;
    int64_t max_webhooks, max_event_subscriptions;
};

/* A workspace as the platform's staff see it. */
struct workspace_row {
    char *tenant, *name, *plan, *status, *owner;
    int64_t created_ms;
};

/* The bearer of work under way; the ids are NULL where they do not apply. */
struct standing_row {
    const char *tenant, *user, *session, *key;
    const char *refusal; /* what is refused: user, workspace, session or key; NULL: nothing */
};

struct usage_row {
    struct plan_row plan;
    bool suspended; /* the workspace, or its owner */
    int64_t since_ms, messages, prompt_tokens, completion_tokens;
};

/* ---- accounts; *ret is NULL when there is none ---- */
int store_account(struct cs_call *call, const char *user, struct account **ret);
/* the same in the open transaction, which it commits */
int store_account_last(struct cs_call *call, const char *user, struct account **ret);
int store_account_by_login(struct cs_call *call, const char *username, const char *email,
                           struct account **ret);
int store_accounts_page(struct cs_call *call, const struct cs_page *page, struct account **ret,
                        size_t *ret_n);
/* Open. The hash of an invitation's code (NULL: there is none) is used in the same transaction;
 * STORE_NONE: it admits nobody. What is taken shows at the commit: store_register_end(). */
int store_register(struct cs_call *call, const struct account *acc,
                   const struct session_row *session, const unsigned char *invitation);
/* Commits. STORE_TAKEN: another user has what *ret_taken names, "username" or "email". */
int store_register_end(struct cs_call *call, const char **ret_taken);
/* open; in call->tenant; STORE_NONE */
int store_profile(struct cs_call *call, const char *user, const struct profile_change *change,
                  struct account **ret);
/* open; every session but `keep` (NULL: none is kept) ends; STORE_NONE */
int store_password(struct cs_call *call, const struct account *acc, const char *hash,
                   const char *keep, struct account **ret);
/* open; NULL: unchanged; a suspended user's sessions end; STORE_NONE: no such plan */
int store_standing(struct cs_call *call, const struct account *acc, const char *status,
                   const char *plan, struct account **ret);
/* open when *ret_absent; else over: there is a staff user. Several at once take turns. */
int store_staff_absent(struct cs_call *call, const char *tenant, bool *ret_absent);
/* queued in the open transaction of its workspace */
void store_account_push(struct cs_call *call, const struct account *acc);

/* ---- sessions: store_session.c ---- */
/* rehash: the account's password hashed anew, stored unless it was changed meanwhile; NULL: it stays */
int store_session_open(struct cs_call *call, const struct account *acc,
                       const struct session_row *session, const char *rehash);
/* queued in the open transaction of the account's workspace */
void store_session_push(struct cs_call *call, const struct account *acc,
                        const struct session_row *s);
/* The user's sessions that are not over, in call->tenant. */
int store_sessions_page(struct cs_call *call, const char *user, const struct cs_page *page,
                        struct device_row **ret, size_t *ret_n);
/* STORE_NONE: not a session of the user, or over already */
int store_session_end(struct cs_call *call, const char *user, const char *session);

/* ---- refresh tokens: store_refresh.c ---- */
/* A token sealed under a key which only its predecessor yields. */
struct refresh_box {
    void *data;
    size_t len;
};
/*
 * The result of an exchange. n_links is 0 when the fresh token took effect. Otherwise the old one was
 * used moments ago, and its links lead from it to the newest token of the family, one after the other.
 */
struct refresh_exchange {
    const char *session;
    struct account *account; /* NULL: the user is gone */
    struct refresh_box *links;
    size_t n_links;
    bool suspended; /* the workspace; the old token stays good */
};
/* STORE_NONE (or over, or suspended), STORE_REUSED: its session is over now; committed, whatever comes out. fresh->id is not read. */
int store_refresh_exchange(struct cs_call *call, const unsigned char old[STORE_HASH],
                           const struct session_row *fresh, const struct refresh_box *box,
                           struct refresh_exchange *ret);
/* Ends the session of a token; an unknown token is no error. */
int store_refresh_end(struct cs_call *call, const unsigned char hash[STORE_HASH]);
/* Erases the sealed tokens whose time is over. */
void store_refresh_erase(struct cs_call *call);

/* ---- credentials: store_credential.c; *ret is NULL when it is not valid ---- */
int store_session_bearer(struct cs_call *call, const char *session, struct bearer **ret);
int store_key_bearer(struct cs_call *call, const unsigned char hash[STORE_HASH],
                     struct bearer **ret);

/* ---- API keys, in call->tenant ---- */
/* open; STORE_FULL: there are *ret_max of them */
int store_key_add(struct cs_call *call, const struct key_row *key, int64_t *ret_max);
int store_key_remove(struct cs_call *call, const char *id,
                     struct key_row **ret); /* open; STORE_NONE */
int store_key(struct cs_call *call, const char *id, struct key_row **ret);
int store_keys_page(struct cs_call *call, const struct cs_page *page, struct key_row **ret,
                    size_t *ret_n);

/* ---- invitations to the platform: store_invitation.c ---- */
int store_invitation_add(struct cs_call *call,
                         const struct invitation_row *row); /* open; STORE_FULL */
int store_invitations_page(struct cs_call *call, const struct cs_page *page,
                           struct invitation_row **ret, size_t *ret_n);
int store_invitation_revoke(struct cs_call *call,
                            const char *id); /* STORE_NONE: unknown, or used */
/* In the open transaction of a registration, which STORE_NONE ends: the code admits nobody. */
int store_invitation_use(struct cs_call *call, const unsigned char hash[STORE_HASH],
                         const struct account *acc);

/* ---- workspaces, for staff: store_workspace.c ---- */
int store_workspaces_page(struct cs_call *call, const struct cs_page *page,
                          struct workspace_row **ret, size_t *ret_n);
int store_workspace(struct cs_call *call, const char *tenant,
                    struct workspace_row **ret); /* NULL: there is none */
/* open; STORE_NONE: it has this status already, or is gone */
int store_workspace_status(struct cs_call *call, const char *tenant, const char *status);
/* Sets the refusal of each row. */
int store_standings(struct cs_call *call, struct standing_row *rows, size_t n);

/* ---- plans ---- */
int store_plans(struct cs_call *call, struct plan_row **ret, size_t *ret_n);
int store_usage(struct cs_call *call, struct usage_row **ret); /* NULL: the workspace is gone */
/* What a message used, in the month of ms; counted once for each message. */
struct used {
    const char *tenant, *message;
    int64_t ms, prompt_tokens, completion_tokens;
};
int store_use(struct cs_call *call, const struct used *used, size_t n); /* of any tenants */

void store_purge(
    struct cs_call *call); /* sessions that are over, and what need not be known any more */
