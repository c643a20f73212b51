#pragma once
/*
 * emit: blocks leave as frames (block.h). A reader of a format gathers a text and hands it over;
 * here it is tidied, counted and cut to the size of a block. Not thread-safe.
 */
#include "ingest/extract/text.h"

struct emit {
    int fd;
    struct cs_buf out;
    size_t n_blocks;
    bool sourced;     /* offsets are those of the source; otherwise of the text that was emitted */
    size_t extracted; /* bytes of text so far */
    size_t last_end;  /* of the last block */
    size_t base;      /* added to each offset of the source */
    int parts; /* files within files that are open: their offsets count emitted text, their headings are lower */
    int page;             /* of the blocks that follow */
    bool full;            /* no more can be written */
    const char *pictures; /* pages to recognise in a second reading, instead of blocks; or NULL */
};

enum { EMIT_MAX_BYTES = 64 * 1024 * 1024 };

void emit_format(struct emit *e, const char *mime, unsigned flags);
void emit_property(struct emit *e, const char *name, const char *value, size_t len);
/* Takes the text, which is empty afterwards; nothing is emitted if it is blank. info may be NULL. Code is as indented as
 * it stands; all other blocks begin without white space. */
void emit_block(struct emit *e, enum block_kind kind, int level, unsigned flags, const char *info,
                struct text *t);
/* A file of an archive that is taken apart: its bytes as they are. The name is UTF-8. */
void emit_file(struct emit *e, const char *name, const char *data, size_t len);
/* The end: false when the output could not be written, or is more than EMIT_MAX_BYTES. */
bool emit_end(struct emit *e);
/* In place of everything before, where the output is a file; in a pipe it follows. */
void emit_reason(struct emit *e, const char *reason);
void emit_pictures(struct emit *e);
/* So many pages are recognised: the size of the output, where it is a file, until the first block is written. 0 at last. */
void emit_progress(struct emit *e, int pages);
