#pragma once
/* arena: the one of a whole group of tests, for cmocka_run_group_tests(tests, arena_open, arena_close). */
#include "base/arena.h"

static struct cs_arena arena;

static inline int arena_open(void **state)
{
    (void)state;
    cs_arena_init(&arena);
    return 0;
}

static inline int arena_close(void **state)
{
    (void)state;
    cs_arena_dispose(&arena);
    return 0;
}
