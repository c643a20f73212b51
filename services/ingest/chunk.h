#pragma once
/*
 * chunk: the blocks of a document (block.h), put together and cut into passages.
 *
 * Sections (by headings) are never mixed; within one, blocks are put together up to the target
 * size. A block is cut only when it alone is over the maximum: at a line end, else a sentence, a
 * word, a character. What is under the minimum joins what follows in its section (the last one what
 * precedes). A heading without text goes along with the next one.
 *
 * A passage never loses its head: rows of a table stand below the names of its columns, items that
 * begin a passage below the line that introduced the list, and code between fences with its language.
 * The heading path stands beside the text.
 *
 * Sizes count characters, heads included; offsets are bytes of the source, as block.h gives them. The
 * same blocks give the same chunks. Memory is that of a few blocks; chunks come some at a time, each
 * time in an arena that the caller may then dispose of. Any thread.
 *
 *     struct chunker *c = chunker_new(sizes, read_block, arg);
 *     while ((r = chunk_next(c, scratch, &k, &n)) == 0 && n > 0) ...
 *     chunker_free(c);
 */
#include "base/arena.h"
#include "ingest/block.h"

struct chunk_sizes {
    int target, max, min;
    int overlap; /* characters of whole sentences repeated from the chunk before, same section */
};

struct chunk {
    const char *text; /* terminated */
    size_t len;
    size_t body; /* bytes at its beginning that repeat earlier text: its head, or an overlap */
    size_t start, end;        /* in the source; with the overlap, without the head */
    const char *heading_path; /* Guide > Install; "" above the first heading */
    int page;                 /* of its first byte; 0: none */
    int tokens;               /* estimated */
};

/* For chunks of about `size` characters that overlap by `overlap`, but by half their size at most. */
struct chunk_sizes chunk_sizes(int size, int overlap);

/* 1 and the next block, in memory that lives until the next call; 0 at the end; negative: an error, which ends it all. */
typedef int chunk_source(void *arg, struct cs_arena *a, struct block *ret);

struct chunker;
struct chunker *chunker_new(struct chunk_sizes sizes, chunk_source *source, void *arg);
/* Some of the chunks that follow, in memory of a; *ret_n is 0 when there are no more. Otherwise the error of the source. */
int chunk_next(struct chunker *c, struct cs_arena *a, struct chunk **ret, size_t *ret_n);
void chunker_free(struct chunker *c); /* NULL is fine */

/* what a tokenizer would count, about: max(bytes / 4, words * 4 / 3), CJK characters 1 each, + 10% */
int chunk_tokens(const char *s, size_t len);
