#pragma once
/*
 * Fault: what a provider says when it will not answer, in the formats of OpenAI, Google, Ollama and
 * Cohere, and what that means for us. The words of a provider are for the log, redacted; people are told only who, what
 * kind, status and code, because messages may hold parts of keys. Pure; any thread.
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
    int64_t retry_after_ms; /* as the body says, Google's way; 0: it does not */
};

/* {"error": {...}}, {"error": "text"} or {"message": "text"}; anything else becomes the message. Of a body longer than
 * CS_FAULT_BODY only the beginning is read. */
enum { CS_FAULT_BODY = 16 * 1024 };
void cs_fault_parse(const char *body, size_t len, struct cs_fault *ret);
void cs_fault_from(const json_t *error, struct cs_fault *ret);

/* status 0: an error within a stream */
bool cs_fault_may_pass(int status, const struct cs_fault *f);

/* For people, such as: openai refused the key (401, invalid_api_key) */
const char *cs_fault_reason(struct cs_arena *a, const char *provider, int status,
                            const struct cs_fault *f);

/* For people, one text for all reasons, so that it tells nothing of the names and addresses inside
 * the network; the reason is logged. Such as: The provider acme cannot be reached at its base_url. */
const char *cs_fault_unreachable(struct cs_arena *a, const char *provider, const char *reason);

/* One of its texts without what may be a key or a part of one: for the log. */
const char *cs_fault_redacted(struct cs_arena *a, const char *text);

/* The warning about it, redacted. */
void cs_fault_log(struct cs_arena *a, const char *provider, const char *model, int status,
                  const struct cs_fault *f);
