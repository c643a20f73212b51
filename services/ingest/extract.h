#pragma once
/*
 * extract: the blocks of an uploaded file, read by chatsphere-extract in a child process that may do
 * nothing else (extract/sandbox.h).
 *
 * A child serves one document. File and blocks are memory files that only ingest and the child hold.
 * As many children run at a time as the machine has processors; the next ones wait. Pages that are pictures are read by a
 * second child, which takes a second or more for each: these have places of their own, half as many, and no one waits for
 * them. Any thread.
 *
 *     int file = extract_file();                       written by the caller
 *     r = extract_run(arena, &(struct extract_job){.name = name, .file = file, ...}, &blocks, &reason);
 */
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    EXTRACT_MEMORY_MIB = 512, /* address space of a child */
    EXTRACT_CPU_S = 20,
    EXTRACT_WALL_S = 40,     /* then the child and all it started is killed */
    EXTRACT_OUTPUT_MIB = 96, /* of blocks: 64 MiB of text and what describes it */
    EXTRACT_OCR_CPU_S = 60,  /* of one page; of EXTRACT_CPU_S otherwise */
    EXTRACT_OCR_WALL_S = 900,
    EXTRACT_OCR_CHILDREN = 3, /* at a time: half of ingest's workers */
    EXTRACT_OCR_WAIT_S = 5,   /* of a document that found no place; the next ones wait longer */
};

enum extract_outcome {
    EXTRACT_OK = 0,
    EXTRACT_REFUSED, /* the file's own fault; a sentence says why */
    EXTRACT_STOPPED, /* goes_on() said so */
    EXTRACT_FAILED,  /* no child could be started; the log says why */
    EXTRACT_BUSY, /* its pages are pictures, and as many documents of that kind are read as may be */
};

struct extract_job {
    const char *name, *mime;    /* as the client gave them; may be NULL */
    int file;                   /* of extract_file(); no more is written to it */
    bool (*goes_on)(void *arg); /* asked every second; NULL: always */
    void *arg;
    bool apart; /* the files of an archive are wanted, not its text: block_read_file() */
    int *done,
        *total; /* pages whose pictures were recognised, and all; set before goes_on; or NULL */
};

/* An empty file in memory; -1: there is none. */
int extract_file(void);
/* ret_blocks: to be read by block.h and closed by the caller; set with EXTRACT_OK only. */
enum extract_outcome extract_run(struct cs_arena *a, const struct extract_job *job, int *ret_blocks,
                                 const char **ret_reason);
/* After EXTRACT_BUSY: when to try again. */
int64_t extract_wait_ms(void);
