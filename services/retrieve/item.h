#pragma once
/*
 * item: a ranked row as an item of a reply: its passage, its scores, and the places of the question's words in it.
 * What an item points to lives in the arena. Pure; any thread that holds the snapshot.
 */
#include "chatsphere/v1/names.h"
#include "retrieve/rank.h"
#include "retrieve/store.h"

enum { ITEM_MATCHES = 100 };

/* words: of the question; NULL for an item without matches. */
Hit *item_of(struct cs_arena *a, const struct snapshot *s, const struct ranked *r,
             const struct store_passage *p, const struct lexical_query *words);
