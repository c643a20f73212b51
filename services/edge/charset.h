#pragma once
/*
 * charset: bytes that a client says are of some character set -> UTF-8. Only the sets that clients are known to name
 * their files in, so that a name in a request opens no other converter. Pure; any thread.
 */
#include "base/arena.h"

/* In the arena, terminated; NULL: an unknown set, or bytes that are not of it, or a NUL among them. */
const char *charset_utf8(struct cs_arena *a, const char *set, size_t set_len, const char *bytes,
                         size_t n);
