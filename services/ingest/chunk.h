#pragma once
/*
 * chunk: a text, cut into passages along its structure.
 *
 * Sections (by headings) are never mixed; within one, blocks are put together up to the target
 * size. A block is cut only when it alone is over the maximum: at a blank line, else a line end,
 * a sentence, a word, a character. What is under the minimum joins what follows in its section
 * (the last one what precedes). A heading without text goes along with the next one.
 * Sizes count characters; offsets are bytes of the text, around the passage without the white
 * space at its ends. The same input gives the same chunks. Pure; memory of the arena; any thread.
 *
 * The chunks come some at a time, each time in an arena that the caller may then dispose of: so the
 * memory is that of a piece (outline.h), whatever the text's size.
 *
 *     struct chunker *c = chunker_new(arena, &text, sizes);
 *     while ((n = chunk_next(c, scratch, &k)) > 0) ...
 */
#include "base/arena.h"
#include "ingest/extract.h"

struct chunk_sizes {
    int target, max, min;
    int overlap; /* characters of whole sentences repeated from the chunk before, same section */
};

struct chunk {
    size_t start, end;
    const char *heading_path; /* Guide > Install; "" above the first heading */
    int tokens;               /* estimated */
};

/* For chunks of about `size` characters that overlap by `overlap`, but by half their size at most. */
struct chunk_sizes chunk_sizes(int size, int overlap);

struct chunker;
/* Borrows the text. */
struct chunker *chunker_new(struct cs_arena *a, const struct extracted *text,
                            struct chunk_sizes sizes);
/* Some of the chunks that follow, in memory of a; 0: there are no more. */
size_t chunk_next(struct chunker *c, struct cs_arena *a, struct chunk **ret);

/* what a tokenizer would count, about: max(bytes / 4, words * 4 / 3), CJK characters 1 each, + 10% */
int chunk_tokens(const char *s, size_t len);
