#pragma once
/*
 * Fault: what a provider says when it will not answer, in every shape that is common, and what that means for us. The words
 * of a provider are for the log and for members of the workspace, without what may be a key or a part of one; visitors
 * are told none of it. Pure; any thread.
 */
#include "base/arena.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts are "" when absent; cut to fit. */
struct cs_fault {
    char code[64], type[64], param[64];
    char message[512];
    bool quota;             /* an allowance is used up: another try is of no use for hours */
    bool unreadable;        /* it was no error: what came cannot be read */
    int status;             /* 400 to 599, as the body says; 0: it does not */
    int64_t retry_after_ms; /* as the body says, Google's way; 0: it does not */
};

/* An object with an error in whatever member, in a list or in an event of a stream; of a page of HTML its text; anything
 * else becomes the message. Of a body longer than CS_FAULT_BODY only the beginning is read. */
enum { CS_FAULT_BODY = 16 * 1024 };
void cs_fault_parse(const char *body, size_t len, struct cs_fault *ret);
void cs_fault_from(const json_t *error, struct cs_fault *ret);

/* status 0: an error within a stream or an answer of 200; then the status is the fault's own, if it has one */
bool cs_fault_may_pass(int status, const struct cs_fault *f);

bool cs_fault_is_length(const struct cs_fault *f); /* the prompt is too long for the model */

/* For people, such as: The provider openai refused the key (401, invalid_api_key). */
const char *cs_fault_reason(struct cs_arena *a, const char *provider, int status,
                            const struct cs_fault *f);
/* For members of the workspace, behind a sentence: the provider's own words, such as " It said: ..."; "" when there are
 * none. key is left out of them, or NULL. */
const char *cs_fault_said(struct cs_arena *a, const struct cs_fault *f, const char *key);
/* The reason with these words behind it. */
const char *cs_fault_words(struct cs_arena *a, const char *provider, int status,
                           const struct cs_fault *f, const char *key);

/* For people, one text for all reasons, so that it tells nothing of the names and addresses inside
 * the network; the reason is logged. Such as: The provider acme cannot be reached at its base_url. */
const char *cs_fault_unreachable(struct cs_arena *a, const char *provider, const char *reason);

/* One of its texts without what may be a key or a part of one. */
const char *cs_fault_redacted(struct cs_arena *a, const char *text);
/* The same, and without the key that was sent; NULL: none was. */
const char *cs_fault_without_key(struct cs_arena *a, const char *text, const char *key);

/* The warning about it, redacted. */
void cs_fault_log(struct cs_arena *a, const char *provider, const char *model, int status,
                  const struct cs_fault *f);
