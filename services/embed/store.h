#pragma once
/*
 * store: the only file with SQL. Vectors of passages by key, of one workspace (migrations/001_vectors.sql).
 *
 * Functions run on the worker that has the call; each is one transaction. They return as bus/store.h says.
 */
#include "bus/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STORE_KEY = 32 };

struct store_vector {
    unsigned char key[STORE_KEY];
    const unsigned char *halves; /* NULL: it is not there */
    size_t len;
};

/* Fills in those that are there, in the call's arena, and notes that they were used. */
int store_vectors(struct cs_call *call, struct store_vector *v, size_t n);
/* Adds vectors of the same length; where the workspace then has more than `most` bytes, the ones that were not
 * used for longest are dropped. */
int store_put_vectors(struct cs_call *call, const struct store_vector *v, size_t n, int64_t most);
/* Drops what was not used for so many days, of any workspace; *ret_more: there may be more. */
int store_expire(struct cs_call *call, int64_t days, bool *ret_more);
