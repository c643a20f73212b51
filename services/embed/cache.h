#pragma once
/*
 * cache: vectors of passages that a workspace had made before, in the database (store.h).
 *
 * It saves requests and never fails a call: without the database every text is a new one. Functions run on
 * the worker that has the call.
 */
#include "embed/embedder.h"
#include "embed/store.h"

/* Rows for the settings of embed. */
#define CACHE_ENV                                                                                  \
    {.name = "CACHE_MB",                                                                           \
     .kind = CS_ENV_INT,                                                                           \
     .fallback = "64",                                                                             \
     .max = 100000,                                                                                \
     .help = "vectors of passages that are kept of a workspace, in MiB; 0: none"},                 \
    {                                                                                              \
        .name = "CACHE_DAYS", .kind = CS_ENV_INT, .fallback = "30", .min = 1, .max = 3650,         \
        .help = "days after which a vector that was not used is dropped"                           \
    }

/* The vectors of texts, those that are there with their halves; NULL when nothing is kept. */
struct store_vector *cache_look_up(struct cs_call *call, const struct embedder *e,
                                   char *const *texts, size_t n);
/* Keeps vectors of the same length; their keys come from cache_look_up(). */
void cache_keep(struct cs_call *call, const struct store_vector *v, size_t n);

void cache_tick(struct cs_call *call); /* drops what has expired */
