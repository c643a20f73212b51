#pragma once
/*
 * store: all SQL of chat.
 *
 * What reads is one transaction of its own and copies what it found into the call's arena. What
 * writes goes between store_begin() and store_commit(), so that the event of the change is
 * committed with it:
 *
 *     store_begin(call);
 *     r = store_conversation_update(call, req, &c);
 *     if (r) return r == STORE_NONE ? ... : r;          the transaction is over
 *     announce_conversation(call, "updated", c, version, changed);
 *     return store_commit(call);
 *
 * All return as bus/store.h says; with an outcome the transaction is rolled back. Ids are valid
 * UUIDs: callers check what comes from outside.
 */
#include "bus/page.h"
#include "bus/store.h"
#include "chatsphere/v1/names.h"

#include <libpq-fe.h>

void store_begin(struct cs_call *call);

/* The caller, and whether it sees the conversations of visitors and of API keys beside its own. */
struct store_who {
    const char *owner;
    bool all;
};

/* ---- messages ---- */

struct store_message {
    Message *message;
    int64_t ord;
};
/* Oldest first, page->ms being the number of the last one seen. STORE_NONE: no such conversation */
int store_messages(struct cs_call *call, const char *conversation, const struct store_who *who,
                   const struct cs_page *page, struct store_message **ret, size_t *ret_n);
/* The newest ones of those before an ordinal, newest first. STORE_NONE: no such conversation with
 * this bot */
int store_messages_newest(struct cs_call *call, const char *conversation, const char *owner,
                          const char *bot, int64_t before, int limit, struct store_message **ret,
                          size_t *ret_n);

/* Commits. bot NULL: with any. STORE_NONE: no such answer */
int store_message_rate(struct cs_call *call, const char *message, const char *owner,
                       const char *bot, const Feedback *feedback);

/* What was said before a turn, newest first; empty answers are left out and long texts cut. */
struct store_said {
    bool user; /* else the assistant */
    char *text;
};
int store_said_before(struct cs_call *call, const char *conversation, const char *turn, int limit,
                      struct store_said **ret, size_t *ret_n);

/* ---- use ---- */

struct store_end;

/* What turns may use; INT64_MAX: no limit. The two of a bot are for turns of visitors only. */
struct store_quota {
    int64_t messages, tokens;   /* a month, of the workspace */
    const char *bot;            /* NULL: the turn is no visitor's */
    int64_t bot_day, bot_month; /* messages */
    bool taken;                 /* the message of the month is counted already */
    const char *full;           /* after STORE_FULL: quota_month, _tokens, _bot_day or _bot_month */
};
/* Takes a message of each that is not taken, queued in the open transaction before the turn is. */
void store_use_push(struct cs_call *call, const struct store_quota *quota);
/* Counts n messages of the month in advance: *ret_n is n, or 0 near a limit. */
int store_use_block(struct cs_call *call, const struct store_quota *quota, int64_t n,
                    int64_t *ret_n);
/* Adds to the month of a workspace what was counted in memory. */
int store_use_settle(struct cs_call *call, const char *tenant, int64_t messages, int64_t tokens);
/* What the end of a turn adds, queued: its tokens, and the message of one that failed back. */
void store_use_end_push(struct cs_call *call, const struct store_end *e);
/* The same in a transaction of its own, for an answer of which nothing else is kept. */
int store_use_end(struct cs_call *call, const struct store_end *e);
void store_use_purge(struct cs_call *call); /* a ticker: what is over */

/* ---- turns ---- */

/* A turn to be opened: the user's message, the assistant's pending one and the lease. */
struct store_turn {
    const char *id, *conversation, *owner, *runner, *frames, *reply;
    const char *question_id, *question, *message_id;
    const char *title;    /* if the conversation has none */
    const char *language; /* the same; a code, or NULL */
    const char *bot;      /* NULL: whichever the conversation is with */
    int64_t now_ms;
    struct store_quota *quota; /* queued before; STORE_FULL fills in `full` */
    const char *replaces;      /* a turn that has ended, whose place it takes; else NULL */
    int64_t before;            /* set by the opening: what was said before this number; 0: all */
};
/*
 * STORE_NONE, STORE_FULL, STORE_BUSY: it has a running turn, STORE_TAKEN: the turn's id; the bot is that of the
 * conversation. STORE_NONE of one that replaces: its turn is running, was replaced, or is not the owner's.
 */
int store_turn_open(struct cs_call *call, struct store_turn *t, char **ret_bot);
/* The same for a bot that is known: queued, and store_turn_commit() says how it went. */
void store_turn_push(struct cs_call *call, const struct store_turn *t);
/* Commits, with what is queued; reads up to limit of what was said before in the same round trip. */
int store_turn_commit(struct cs_call *call, const struct store_turn *t, int limit,
                      struct store_said **ret, size_t *ret_n);

/* The end of a turn: the assistant's message as it is from now on. */
struct store_end {
    const char *turn, *runner;
    MessageStatus status;
    const char *content, *error;
    const SourcesFrame *sources; /* may be NULL */
    const Usage *usage;          /* may be NULL */
    ToolCall *const *tool_calls;
    size_t n_tool_calls;
    uint32_t last_seq;
    bool counted;                     /* its tokens are */
    bool unanswered;                  /* the documents had nothing for the question */
    bool cached;                      /* the answer cache gave it */
    const char *model;                /* NULL: none was asked */
    int64_t first_token_ms, total_ms; /* from acceptance; first_token_ms -1: there was no text */
    int64_t idle_s; /* the conversation ends after so long without a message; 0: it does not */
    int64_t now_ms;
};
/* Commits, with what is queued. STORE_NONE: the turn is not this runner's any more */
int store_turn_end(struct cs_call *call, const struct store_end *e);

/* The assistant's message of a turn. STORE_NONE */
int store_turn_message(struct cs_call *call, const char *turn, Message **ret);
/* Open; bot NULL: with any. STORE_NONE; *ret_running: whether there is something to stop */
int store_turn_cancel(struct cs_call *call, const char *turn, const char *owner, const char *bot,
                      bool *ret_running);

/* Of all tenants. *ret_stop: those somebody asked to stop */
int store_turns_renew(struct cs_call *call, const char *runner, char *const *turns, size_t n,
                      char ***ret_stop, size_t *ret_n_stop);

/* A turn whose runner is gone. */
struct store_lapsed {
    const char *tenant, *turn, *conversation, *bot, *message, *frames, *reply;
    int64_t created_ms;
};
/* *ret_running: whether any turn is running, theirs and others'. */
int store_turns_claim(struct cs_call *call, const char *runner, int limit,
                      struct store_lapsed **ret, size_t *ret_n, bool *ret_running);

/* ---- tool calls that wait for a decision (store_approval.c) ---- */

/* Commits: the call waits from now on. */
int store_approval_add(struct cs_call *call, const char *turn, const char *call_id);
/* Open. STORE_NONE: not of a turn of this owner; STORE_STALE: decided already, or the turn is over */
int store_approval_decide(struct cs_call *call, const ApproveToolCallRequest *req,
                          const char *owner);
/* The decision, which is a rejection if there was none; nothing changes it any more. */
int store_approval_end(struct cs_call *call, const char *turn, const char *call_id,
                       bool *ret_approved);
/* Those of these turns, of all tenants, that have been decided. */
struct store_decided {
    const char *turn, *call_id;
};
int store_approvals_decided(struct cs_call *call, char *const *turns, size_t n,
                            struct store_decided **ret, size_t *ret_n);

/* ---- turns that were begun before (store_turn.c) ---- */

/* bot and conversation NULL: whichever it is of. */
struct store_turn_key {
    const char *turn, *owner, *bot, *conversation;
};
struct store_turn_seen {
    const char *conversation, *bot, *question; /* question NULL: the turn was replaced */
    const char *frames;                        /* their subject; NULL: it has none */
    uint32_t last_seq;                         /* 0 while it is running */
    bool running, completed, replaced;         /* completed: its answer is */
};
/* STORE_NONE */
int store_turn_look(struct cs_call *call, const struct store_turn_key *key,
                    struct store_turn_seen *ret);
/* For store_turn_open(): a row with the bot and the number of the question, or NULL as cs_pg_query() says. */
PGresult *store_turn_replace(struct cs_call *call, const struct store_turn *t);

/* ---- what tools read (store_tool.c) ---- */

/* A message of an earlier conversation of the caller. */
struct store_earlier_said {
    const char *at, *title, *role, *text;
};
/* The best ones for any of the words, of the newest 200 conversations with the bot. */
int store_earlier(struct cs_call *call, const char *bot, const char *turn, const char *query,
                  int limit, struct store_earlier_said **ret, size_t *ret_n);
/* STORE_NONE: there is no such time zone */
int store_local_time(struct cs_call *call, const char *zone, char **ret);

/* ---- what was not answered (store_unanswered.c) ---- */

/* Of visitors, of API keys and of `owner`, in [from, to); at most `limit` questions. */
int store_unanswered(struct cs_call *call, const ListUnansweredRequest *req, const char *owner,
                     UnansweredList *ret);

/* ---- erasing ---- */

/* Some of the conversations with this bot; commits. STORE_NONE: there is none left */
int store_erase_bot(struct cs_call *call, const char *bot);
