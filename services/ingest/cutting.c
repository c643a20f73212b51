/* Blocks go to the chunker; properties go to what is known of the whole. */
#include "ingest/cutting.h"

static int cutting_block(void *arg, struct cs_arena *a, struct block *ret)
{
    struct cutting *x = arg;
    int r;

    while ((r = block_read(&x->blocks, a, ret)) > 0) {
        about_note(&x->about, ret);
        if (ret->kind != 0)
            break;
    }
    return r;
}

bool cutting_open(struct cutting *x, struct cs_arena *a, int fd)
{
    *x = (struct cutting){.chunker = NULL};
    return block_reader_open(&x->blocks, a, fd);
}

void cutting_begin(struct cutting *x, struct chunk_sizes sizes)
{
    x->chunker = chunker_new(sizes, cutting_block, x);
}

void cutting_close(struct cutting *x)
{
    chunker_free(x->chunker);
    about_free(&x->about);
}
