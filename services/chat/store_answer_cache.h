#pragma once
/* store_answer_cache: answers that are given again, in SQL. Everything of store.h holds here, too. */
#include "chat/store.h"

#include <stddef.h>

struct store_cached {
    const char *bot, *hash;
    int64_t version; /* of the bot */
    const char *answer, *finish;
    const SourcesFrame *sources;
    const char *space; /* NULL: the question has no vector */
    const void *vector;
    size_t vector_bytes;
};

/* STORE_NONE: there is none, or it is older than max_age_s */
int store_answer_cached(struct cs_call *call, const char *bot, const char *hash, int64_t max_age_s,
                        struct store_cached *ret);
/* Questions of a version of the bot with a vector in this space, the newest first: hash, vector and vector_bytes. */
int store_answers_near(struct cs_call *call, const struct store_cached *like, int64_t max_age_s,
                       int limit, struct store_cached **ret, size_t *ret_n);
/* Keeps an answer to a question that was accepted at that time, unless the bot changed since; then drops the oldest ones of
 * the workspace until they take no more than max_bytes. */
int store_answer_keep(struct cs_call *call, const struct store_cached *c, int64_t accepted_ms,
                      int64_t max_bytes);
/* Drops those of a bot; deleted: nothing of it is left. */
int store_answers_clear(struct cs_call *call, const char *bot, bool deleted);
