#pragma once
/* vector: the test provider's vectors, of length 1 and made of the words of a text, so that like texts are near. */
#include <jansson.h>
#include <stdbool.h>

/* A list of numbers, or the floats' bytes in base64. */
json_t *vector_of(const char *text, int dims, bool base64);
