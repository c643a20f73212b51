#pragma once
/*
 * cutting: what a child has read, block by block into chunks, and what it says of the document as a whole. One thread at a
 * time.
 *
 *     if (!cutting_open(&x, arena, fd)) ...
 *     cutting_begin(&x, size, overlap);
 *     while ((r = chunk_next(x.chunker, piece, &chunks, &n)) == 0 && n > 0) ...
 *     cutting_close(&x);
 */
#include "ingest/about.h"
#include "ingest/chunk.h"

struct cutting {
    struct block_reader blocks;
    struct chunker *chunker;
    struct about about;
};

/* False: the frames are malformed. blocks.mime and blocks.format are known from then on. */
bool cutting_open(struct cutting *x, struct cs_arena *a, int fd);
void cutting_begin(struct cutting *x, struct chunk_sizes sizes);
void cutting_close(struct cutting *x);
