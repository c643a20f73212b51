#pragma once
/*
 * block: what a document consists of, whatever its format was: headings, paragraphs, list items,
 * table rows, code, captions. Texts are what a reader sees: no markup, escapes, comments or data: URIs.
 *
 * chatsphere-extract writes a document as frames, and ingest reads them here. A frame is a header of
 * 8 bytes (a letter, three zero bytes, the length of the content as 32 bits, little endian) and its content:
 *
 *     f   the format, before all others: a flag byte (enum format_flag), then the media type
 *     p   a property the document states of itself: name, NUL, value
 *     b   a block: struct block_header, then text, info and marks
 *     n   the name of a file, of an archive that is taken apart instead of read
 *     d   bytes of that file, at most BLOCK_MAX_TEXT
 *     !   the reason why there is no document; nothing follows
 *     ?   the pages to recognise in a second reading, such as "1-3,7" (pages.h); nothing follows
 *     .   the end; a document without it was cut
 *
 * The child that writes may have been taken over by its file, so every length, offset and byte is
 * checked, and the first violation ends the reading. Not thread-safe; any thread.
 */
#include "base/arena.h"

#include <stdint.h>

enum {
    BLOCK_MAX_TEXT = 64 * 1024, /* bytes; a longer one is several, of which each next GOES_ON */
    BLOCK_MAX_INFO = 40,
    BLOCK_MAX_MIME = 200,
    BLOCK_MAX_MARKS = 8 * 1024,
    BLOCK_MAX_PROPERTY = 4 * 1024,
    BLOCK_MAX_REASON = 1000,
    BLOCK_MAX_PAGES = 4096,
    BLOCK_MAX_LEVEL = 6,
    BLOCK_MAX_PAGE = 1000 * 1000,
};

enum block_kind {
    BLOCK_HEADING = 1,
    BLOCK_PARAGRAPH,
    BLOCK_ITEM, /* of a list, outermost, with all below it; its text begins with "- " or "1. " */
    BLOCK_ROW,  /* of a table: "| one | two |" */
    BLOCK_CODE,
    BLOCK_CAPTION,
    BLOCK_KINDS,
};

enum block_flag {
    BLOCK_FIRST = 1, /* of its list or table */
    BLOCK_HEAD = 2,  /* a row with the names of the columns: it goes along with the rows below it */
    BLOCK_GOES_ON = 4, /* the rest of the block before it */
    BLOCK_FLAGS = 7,
};

enum format_flag {
    FORMAT_FLAT = 1, /* no headings can be expected: passages overlap */
};

/* From byte `text` of a block's text on, one byte stands for one of the source, from `source` on. */
struct block_mark {
    uint32_t text, source;
};

struct block_header {
    uint8_t kind, level, flags, zero;
    uint32_t page;              /* from 1; 0: the format has none */
    uint32_t start, end;        /* bytes of the source */
    uint32_t text, info, marks; /* bytes, bytes, number */
};

struct block {
    enum block_kind kind;
    int level; /* of a heading, from 1 */
    unsigned flags;
    int page;
    size_t start, end;
    const char *text; /* terminated; valid UTF-8 that is not blank */
    size_t len;
    const char *info; /* language of code, or "" */
    const struct block_mark *marks;
    size_t n_marks;
};

/* Where in the source byte `at` of the block's text stands, between its start and its end. */
size_t block_source(const struct block *b, size_t at);

struct block_reader {
    int fd;
    size_t at, size; /* read so far, of the file's bytes */
    bool ended;
    unsigned format;      /* enum format_flag */
    const char *mime;     /* media type; "" before the first frame */
    const char *failed;   /* the reason, or NULL */
    const char *pictures; /* the pages to recognise, or NULL */
};

/* Reads the format, and the reason or the pages to recognise if there are some, in memory of a; false: no document stands there. */
bool block_reader_open(struct block_reader *r, struct cs_arena *a, int fd);
/* Of an archive that was taken apart: 1 and the next 'n' or 'd' in memory of a, terminated; 0 at the end; -1 as below. */
int block_read_file(struct block_reader *r, struct cs_arena *a, char *ret_type, char **ret,
                    size_t *ret_len);
/* 1 and the next block or property in memory of a; 0 at the end; -1: the frames are malformed or cut, or a->exceeded.
 * A property has kind 0, its name in info and its value in text. */
int block_read(struct block_reader *r, struct cs_arena *a, struct block *ret);
