#pragma once
/*
 * ratio: a parser of outside bytes is linear: eight times the input costs at most ten times as much.
 *
 * The input is a head, a piece that is repeated, and a tail. It is parsed with n repetitions and with 8n. Bytes of
 * the arena and, where the parser counts it, its work are compared as they are. Time is that of the processor in
 * this thread, the least of several runs and of several n, so that neither the load of the machine, nor a single slow run,
 * nor the size of a cache decides.
 *
 *     static void parse(struct cs_arena *a, char *data, size_t len, size_t *work) { ... }
 *
 *     ratio_check(&(struct ratio){.name = "lists", .head = "[", .piece = "1,", .tail = "1]", .parse = parse});
 */
#include "base/arena.h"

#include <stddef.h>

enum { RATIO_TIMES = 8, RATIO_MOST = 10 };

struct ratio {
    const char *name;
    const char *head, *piece, *tail; /* NULL: nothing */
    size_t bytes;                    /* of the smaller input, about; 0: 16 KiB */
    /* data is terminated and may be written to; *work is 0 before */
    void (*parse)(struct cs_arena *a, char *data, size_t len, size_t *work);
};

/* Fails the test where the ratio is above RATIO_MOST. */
void ratio_check(const struct ratio *r);
/* The same for each of a table. */
#define ratio_check_all(ratios_)                                                                   \
    do {                                                                                           \
        for (size_t i_ = 0; i_ < LEN(ratios_); i_++)                                               \
            ratio_check(&(ratios_)[i_]);                                                           \
    } while (0)
