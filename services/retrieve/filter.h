#pragma once
/*
 * filter: which documents of a bot a search looks at.
 *
 * The table of documents is asked at each search, so a tag that was just set counts at once; what comes of it is a flag
 * for each row of the snapshot, which every ranking respects. It is linear in the documents and rows of the collection.
 */
#include "bus/call.h"
#include "chatsphere/v1/names.h"
#include "retrieve/snapshot.h"

enum { FILTER_TAG_CHARACTERS = 100, FILTER_KEYS = 20, FILTER_BYTES = 4096 };

struct filtered {
    const bool *rows; /* by row of the snapshot; NULL: all of them */
    size_t n_documents, n_rows;
};

/* 0, or the problem: which field is wrong, and what would be right. */
int filter_check(struct cs_call *call, const SearchFilter *f);
/* f NULL: all rows. In the arena. */
int filter_rows(struct cs_call *call, const char *bot, const SearchFilter *f,
                const struct snapshot *s, struct filtered *ret);
