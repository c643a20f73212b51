#pragma once
/*
 * utf8: texts by their characters. The only place that knows how UTF-8 is put together.
 *
 * A character is a Unicode code point, which is what JSON Schema counts in maxLength. A sequence is
 * malformed when it is cut, overlong, a surrogate or beyond U+10FFFF. The Unicode tables are those
 * of utf8proc. Pure; any thread.
 *
 *     for (size_t n; (n = cs_utf8_next(s, left, &c)); s += n, left -= n)
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cs_arena;

enum { CS_UTF8_MAX = 4 }; /* bytes of one character */

/* Bytes of the character at s, of which n bytes are readable, and its code point if `ret` is not
 * NULL. 0 at the end of the text or where it is malformed. */
size_t cs_utf8_next(const char *s, size_t n, uint32_t *ret);

/* Writes c, which must be a valid code point, to out, not terminated; the number of bytes. */
size_t cs_utf8_put(char out[CS_UTF8_MAX], uint32_t c);

/* Offset of the first malformed sequence, n when the whole text is valid. */
size_t cs_utf8_check(const char *s, size_t n);

/* Characters of a valid text of n bytes. */
size_t cs_utf8_count(const char *s, size_t n);

/* Bytes of the first `characters` characters of a valid text; n when it has no more. */
size_t cs_utf8_head(const char *s, size_t n, size_t characters);

/*
 * The greatest length of at most max bytes at which a text of n bytes can be cut without splitting a
 * character. A text that itself ends within a character is cut before it; bytes that begin no
 * character are kept.
 */
size_t cs_utf8_cut(const char *s, size_t n, size_t max);

/* Whether nothing of a text can be seen: it is empty, or all white space, control characters and
 * characters without width. A malformed sequence is not blank. */
bool cs_utf8_blank(const char *s, size_t n);

/*
 * A new string in normalisation form C, in the arena; NULL when the text is not valid UTF-8 or has
 * more than CS_UTF8_MARKS combining marks in a row. Time is linear in the length of the text: sorting a
 * run of marks is quadratic, so its length has the limit of the Stream-Safe Text Format (UAX #15,
 * D4), beyond what any language writes.
 */
enum { CS_UTF8_MARKS = 30 };
char *cs_utf8_nfc(struct cs_arena *a, const char *text);
