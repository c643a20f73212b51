#pragma once
/*
 * reply: the last token of a subject for answers, <slot>-<word>.
 *
 * An answer goes to _INBOX.<caller>.<instance>.<callee>.<slot>-<word>. The broker lets a service
 * publish under its own token only (nats/permission.h), so only the callee can answer. The slot is
 * the caller's place in its table of calls; the word is 64 random bits that only the callee has seen,
 * so neither a late answer nor a guess meets another call of the slot. The caller compares callee and
 * word. A watch has its frames sent to the same place with a mark in front of the slot.
 */
#include <stdbool.h>
#include <stdint.h>

struct cs_reply {
    uint32_t slot;
    uint64_t word;
};

enum { CS_REPLY_TOKEN = 8 + 1 + 16 + 1 }; /* bytes of the token and its terminator */

void cs_reply_token(char out[CS_REPLY_TOKEN], const struct cs_reply *reply);
/* False unless the text is a token, up to its end or a '.'. */
bool cs_reply_parse(const char *text, struct cs_reply *ret);
