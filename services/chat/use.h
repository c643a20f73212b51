#pragma once
/*
 * use: messages of a workspace's month that this process has counted in advance, and tokens that it has not
 * counted yet. A counter in the transaction of each turn is a fifth of the turn's work in the database, so while a
 * workspace is far from its limits a process counts a block at once and hands it out from memory.
 *
 * Near a limit (use_block() of the schema decides) nothing is counted in advance: each turn counts its message in
 * its own transaction. What is left goes back when the workspace has been quiet, and at the stop of the process; one
 * that is killed leaves at most a block and a few counted that nobody sent. Any thread.
 */
#include "base/id.h"

#include <stdbool.h>
#include <stdint.h>

enum { USE_BLOCK = 32, USE_LOW = 8 /* with so many left the next block is counted */ };

enum use {
    USE_TAKEN, /* one of those counted in advance is the turn's */
    USE_MORE,  /* the caller counts a block, of which it gets one, and calls use_grant() */
    USE_EACH,  /* the turn counts its message itself */
};

enum use use_take(const char *tenant, int64_t now_ms);
/* After USE_MORE: n messages are counted, one of which is the caller's; 0: the limit is near. True: use_held() became true. */
bool use_grant(const char *tenant, int64_t n, int64_t now_ms);
/* The message of a turn that was not accepted. */
void use_give_back(const char *tenant, int64_t now_ms);
/* Tokens of an answer, which become due soon. False: the limit is near, so the caller counts them. */
bool use_tokens(const char *tenant, int64_t tokens);

struct use_rest {
    char tenant[CS_ID_SIZE];
    int64_t messages, tokens; /* to be given back; to be counted */
};
/* What is due to go to the database, a workspace a call, and no longer here; all: without waiting for quiet. */
bool use_due(int64_t now_ms, bool all, struct use_rest *ret);
/* Whether anything may become due. */
bool use_held(void);
