#pragma once
/*
 * Arena: memory that lives as long as one call.
 *
 * Everything a handler allocates (the unpacked request, the reply, strings, query results it
 * copies) comes from the call's arena and dies in one cs_arena_reset(). A handler therefore never
 * frees. Not thread-safe: an arena belongs to the thread that runs the call at that moment.
 *
 * Memory is zeroed and 16-aligned. Running out of memory aborts; sizes that come from outside are
 * bounded before they get here.
 */
#include <stddef.h>

struct cs_arena {
    struct cs_arena_block *head;
};

void cs_arena_init(struct cs_arena *a);
void cs_arena_reset(struct cs_arena *a);   /* keeps one block for the next call */
void cs_arena_dispose(struct cs_arena *a); /* NULL inside is fine */

void *cs_alloc(struct cs_arena *a, size_t size);
void *cs_memdup(struct cs_arena *a, const void *p, size_t size);
char *cs_strdup(struct cs_arena *a, const char *s);            /* NULL stays NULL */
char *cs_strndup(struct cs_arena *a, const char *s, size_t n); /* at most n bytes, terminated */
char *cs_printf(struct cs_arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull));

/* n zeroed elements of type T_ */
#define CS_NEW(a_, T_, n_) ((T_ *)cs_alloc((a_), sizeof(T_) * (size_t)(n_)))
