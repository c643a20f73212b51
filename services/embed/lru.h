#pragma once
/*
 * lru: byte strings by key, the least recently used forgotten when all together pass a size.
 * Keys are 32 bytes (a hash). Any thread.
 */
#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

enum { LRU_KEY = 32 };

struct lru;

struct lru *lru_new(size_t max_bytes);
void lru_free(struct lru *l); /* NULL is fine */
void lru_put(struct lru *l, const unsigned char key[LRU_KEY], const void *data, size_t len);
/* a copy in the arena, or NULL */
void *lru_get(struct lru *l, const unsigned char key[LRU_KEY], struct cs_arena *a, size_t *ret_len);
