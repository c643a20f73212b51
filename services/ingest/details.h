#pragma once
/*
 * details: what the owner of a document says of it, checked and made tidy: tags and metadata. A search can filter by
 * them. Pure; any thread.
 */
#include "pbjson/pbjson.h"

enum {
    DETAILS_TAGS = 50, /* of a document */
    DETAILS_TAG_CHARACTERS = 100,
    DETAILS_BYTES = 8 * 1024, /* of metadata as JSON text */
    DETAILS_KEYS = 64,        /* of metadata, at all levels */
    DETAILS_KEY_CHARACTERS = 100,
    DETAILS_LEVELS = 4, /* of objects and lists in metadata */
};

/*
 * The tags in normalisation form C, without white space at their ends, each once; *n becomes their number. What is wrong
 * is noted by its place in the list, and the result is of no use then.
 */
char **details_tags(struct cs_arena *a, char *const *tags, size_t *n, struct pbjson_errors *errors);

/* Notes what is wrong with metadata as JSON text, if anything is. */
void details_metadata(struct cs_arena *a, const char *text, struct pbjson_errors *errors);
