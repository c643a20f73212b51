#pragma once
/* utf8: where a character ends, and whether it is one. Pure; any thread. */
#include <stddef.h>

/* Bytes of the well-formed UTF-8 sequence at s, of which n are readable; 0 if there is none. */
size_t cs_utf8(const unsigned char *s, size_t n);
