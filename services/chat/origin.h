#pragma once
/* Origin: from which pages a public bot may be asked. Pure; any thread. */
#include <stdbool.h>
#include <stddef.h>

/*
 * Is `origin` (an Origin header, may be NULL) one of the allowed? Scheme and host without regard
 * to case; the scheme's own port may be written or not. An empty list allows everyone.
 */
bool origin_allowed(char *const *allowed, size_t n, const char *origin);
