#pragma once
/* utf8: checking and counting UTF-8. Pure; any thread. */
#include <stddef.h>

size_t utf8_check(const char *s, size_t len);          /* offset of the first bad byte, or len */
size_t utf8_chars(const char *s, size_t len);          /* characters in valid text */
size_t utf8_take(const char *s, size_t len, size_t n); /* bytes of its first n characters */
