#pragma once
/*
 * store_digest: what a conversation that has ended is told and found by, in SQL, and the search in it. Everything of
 * store.h holds here, too.
 */
#include "chat/store_conversation.h"

#include <stdint.h>

/* ---- digests ---- */

struct store_line {
    const char *turn;
    bool user; /* else the assistant */
    const char *text;
};

/* A conversation whose digest is due: its newest messages, oldest first, long ones cut. */
struct store_undigested {
    const char *bot, *title;
    int tries;
    struct store_line *lines;
    size_t n;
};

int store_digests_due(struct cs_call *call, int limit, struct store_due **ret, size_t *ret_n);
/* The digest is the caller's for lease_s seconds. STORE_NONE: another one makes it, or it is not due */
int store_digest_claim(struct cs_call *call, const char *conversation, int lease_s);
/* STORE_NONE: it is not due */
int store_undigested(struct cs_call *call, const char *conversation, struct store_undigested *ret);

struct store_passage {
    const char *turn; /* NULL: the summary */
    const char *text;
    char **words;
    size_t n_words;
};
struct store_digest {
    const char *conversation, *summary;
    int retry_s; /* it is due again after so long; 0: it is complete */
    const struct store_passage *passages;
    size_t n;
    const char *space;   /* NULL: no vectors */
    const void *vectors; /* n of them, one after another */
    size_t vector_bytes; /* of one */
};
/* Open. STORE_NONE: it is not due any more */
int store_digest(struct cs_call *call, const struct store_digest *d, Conversation *ret,
                 int64_t *ret_version);

/* ---- search ---- */

struct store_recall {
    const SearchConversationsRequest *req;
    const char *owner;
    char **words; /* texts of tsquery */
    char **plain; /* the same words for texts without a list */
    size_t n_words, n_plain;
};

/* The spaces of the vectors that the search can meet, each with a bot that has it. */
struct store_space {
    const char *space, *bot;
};
int store_spaces(struct cs_call *call, const struct store_recall *s, int limit,
                 struct store_space **ret, size_t *ret_n);

/* A passage of a conversation, newest conversations first. */
struct store_found {
    const char *conversation, *turn, *space;
    int64_t created_ms;
    uint64_t words; /* a bit for each that it has */
    bool summary;
    const void *vector; /* valid until the callback returns; NULL: none */
    size_t vector_bytes;
};
/* Calls fn for every passage of the caller's conversations that have ended, a piece at a time. */
int store_recall(struct cs_call *call, const struct store_recall *s,
                 void (*fn)(void *state, const struct store_found *found), void *state);
/* The same for the newest open ones, by their messages. */
int store_recall_open(struct cs_call *call, const struct store_recall *s,
                      void (*fn)(void *state, const struct store_found *found), void *state);

/* Hits with id and turn_id are filled in; those that are gone by now lose their bot_id. */
int store_hits(struct cs_call *call, ConversationHit **hits, size_t n);
