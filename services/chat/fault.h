#pragma once
/*
 * Fault: what a provider says when it will not answer, in the OpenAI wire format, and what that
 * means for us. The words of a provider are for the log, redacted; people are told only who, what
 * kind, status and code, because messages may hold parts of keys. Pure; any thread.
 */
#include "base/arena.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Texts are "" when absent; cut to fit. */
struct fault {
    char code[64], type[64], param[64];
    char message[512];
};

/* {"error": {...}} or {"error": "text"}; anything else becomes the message. */
void fault_parse(const char *body, size_t len, struct fault *ret);
void fault_from(const json_t *error, struct fault *ret);

/* status 0: an error within a stream */
bool fault_may_pass(int status, const struct fault *f);

/* For people, such as: openai refused the key (401, invalid_api_key) */
const char *fault_reason(struct cs_arena *a, const char *provider, int status,
                         const struct fault *f);

/* One of its texts without what may be a key or a part of one: for the log. */
const char *fault_redacted(struct cs_arena *a, const char *text);

/* What of a request a model may not take; bits, to be remembered. */
enum fault_about {
    ABOUT_TEMPERATURE = 1,
    ABOUT_MAX_TOKENS = 2,
    ABOUT_MAX_NAME = 4, /* it wants the other one of max_tokens and max_completion_tokens */
    ABOUT_STREAM_OPTIONS = 8,
};
/* For which parameter a request was refused, that can be done without; 0: for none. */
unsigned fault_about(int status, const struct fault *f);
