#pragma once
/*
 * password: texts that people type as passwords. Keyboards write the same characters as different
 * bytes, so a password is prepared before it is hashed or compared, after the profile OpaqueString of
 * RFC 8265: other spaces become the ASCII space, then normalisation form C; case and width
 * stay. Any thread; strings are made in the arena.
 */
#include "base/arena.h"

#include <stdbool.h>

/* The prepared form; NULL: the text is empty, malformed, or has control characters or too many
 * combining marks in a row. */
char *password_prepare(struct cs_arena *a, const char *text);

/* NULL, or what would be right, as text for the caller. Lengths are counted in characters. */
const char *password_wrong(struct cs_arena *a, const char *text);

/* The hash of the prepared form; the text passed password_wrong(). */
char *password_hash(struct cs_arena *a, const char *text);

/*
 * Whether the text is the password of the hash. Earlier versions hashed the bytes as they came, so those
 * are tried too where they differ; *ret_stale is set when only they match: hash the password anew. For
 * a NULL hash it costs the same work, and is false.
 */
bool password_verify(struct cs_arena *a, const char *hash, const char *text, bool *ret_stale);
