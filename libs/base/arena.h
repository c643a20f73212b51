#pragma once
/*
 * Arena: memory that lives as long as one call.
 *
 * Everything a handler allocates (the unpacked request, the reply, strings, query results it
 * copies) comes from the call's arena and is freed by one cs_arena_reset(). A handler therefore
 * never frees. Not thread-safe: an arena belongs to the thread that runs the call at that moment.
 * Memory is zeroed and 16-aligned. When malloc fails, the process aborts.
 *
 * An arena may have a ceiling, for what a stranger sends. No allocation beyond it fails by itself;
 * it sets `exceeded`. A parser of outside bytes looks at that before each further element and stops,
 * so the ceiling is passed by one element at most; where the input chooses a size,
 * cs_try_alloc() returns NULL instead. The caller of the parser looks once, and answers 413:
 *
 *     a->ceiling = 8 MiB;
 *     msg = pbjson_unpack(a, ...);                 NULL
 *     if (a->exceeded) ... CS_TOO_LARGE
 */
#include <stdbool.h>
#include <stddef.h>

struct cs_arena {
    struct cs_arena_block *head;
    size_t bytes;   /* allocated since the last reset */
    size_t ceiling; /* of bytes; 0: none. The owner sets it; a reset keeps it. */
    bool exceeded;  /* more than the ceiling was wanted since the last reset */
};

void cs_arena_init(struct cs_arena *a);    /* without a ceiling */
void cs_arena_reset(struct cs_arena *a);   /* keeps one block for the next call */
void cs_arena_dispose(struct cs_arena *a); /* NULL inside is fine */

void *cs_alloc(struct cs_arena *a, size_t size);
/* NULL where the ceiling would be passed. */
void *cs_try_alloc(struct cs_arena *a, size_t size);
void *cs_memdup(struct cs_arena *a, const void *p, size_t size);
char *cs_strdup(struct cs_arena *a, const char *s);            /* NULL stays NULL */
char *cs_strndup(struct cs_arena *a, const char *s, size_t n); /* at most n bytes, terminated */
char *cs_printf(struct cs_arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull));

/* n zeroed elements of type T_ */
#define CS_NEW(a_, T_, n_) ((T_ *)cs_alloc((a_), sizeof(T_) * (size_t)(n_)))
