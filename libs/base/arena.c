/* A list of blocks, the newest first; what does not fit into one gets a block of its own size. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16 * 1024, ALIGN = 16 };

struct cs_arena_block {
    struct cs_arena_block *next;
    size_t used, size;
    _Alignas(16) unsigned char data[];
};

static size_t arena_rounded(size_t size)
{
    return (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static struct cs_arena_block *block_new(size_t size)
{
    struct cs_arena_block *b = malloc(sizeof(*b) + size);
    if (!b)
        abort();
    *b = (struct cs_arena_block){.size = size};
    return b;
}

void cs_arena_init(struct cs_arena *a)
{
    *a = (struct cs_arena){.head = block_new(BLOCK)};
}

void cs_arena_reset(struct cs_arena *a)
{
    while (a->head->next) {
        struct cs_arena_block *b = a->head;
        a->head = b->next;
        free(b);
    }
    a->head->used = 0;
    a->bytes = 0;
    a->exceeded = false;
}

void cs_arena_dispose(struct cs_arena *a)
{
    while (a->head) {
        struct cs_arena_block *b = a->head;
        a->head = b->next;
        free(b);
    }
}

static void arena_count(struct cs_arena *a, size_t size)
{
    a->bytes += size;
    if (a->ceiling && a->bytes > a->ceiling)
        a->exceeded = true;
}

void *cs_alloc(struct cs_arena *a, size_t size)
{
    size_t need = arena_rounded(size);
    struct cs_arena_block *b = a->head;

    if (need < size)
        abort();
    if (b->size - b->used < need) {
        b = block_new(need > BLOCK ? need : BLOCK);
        b->next = a->head;
        a->head = b;
    }
    void *p = b->data + b->used;
    b->used += need;
    arena_count(a, need);
    return memset(p, 0, need);
}

void *cs_try_alloc(struct cs_arena *a, size_t size)
{
    if (a->ceiling && (a->bytes > a->ceiling || size > a->ceiling - a->bytes)) {
        a->exceeded = true;
        return NULL;
    }
    return cs_alloc(a, size);
}

void *cs_memdup(struct cs_arena *a, const void *p, size_t size)
{
    void *d = cs_alloc(a, size ? size : 1);
    return size ? memcpy(d, p, size) : d;
}

char *cs_strdup(struct cs_arena *a, const char *s)
{
    return s ? cs_memdup(a, s, strlen(s) + 1) : NULL;
}

char *cs_strndup(struct cs_arena *a, const char *s, size_t n)
{
    size_t len = strnlen(s, n);
    char *d = cs_alloc(a, len + 1);
    memcpy(d, s, len);
    return d;
}

char *cs_printf(struct cs_arena *a, const char *fmt, ...)
{
    struct cs_arena_block *b = a->head;
    size_t room = b->size - b->used;
    va_list ap;

    /* most texts fit into what is left of the block, and are written once */
    va_start(ap, fmt);
    int n = vsnprintf((char *)b->data + b->used, room, fmt, ap);
    va_end(ap);
    if (n < 0)
        abort();
    char *s = (char *)b->data + b->used;
    if ((size_t)n < room) {
        b->used += arena_rounded((size_t)n + 1);
        arena_count(a, arena_rounded((size_t)n + 1));
        return s;
    }
    s = cs_alloc(a, (size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf(s, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return s;
}
