#pragma once
/* bound: what every fuzz target asserts of an arena when it has parsed its input. */
#include "base/arena.h"

#include <stdlib.h>

enum { BOUND_EACH = 64, BOUND_ONCE = 1024 * 1024 };

/* Parsers are linear: at most 64 bytes of memory for each of the input, and 1 MiB. */
static inline void bound_check(const struct cs_arena *a, size_t input)
{
    if (a->bytes > BOUND_EACH * input + BOUND_ONCE)
        abort();
}
