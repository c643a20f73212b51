#pragma once
/*
 * json: JSON of a provider as a tree below a ceiling, with the faults that providers have.
 *
 * Text that strict JSON refuses is mended once: half of a surrogate pair, \u0000 and a malformed byte
 * become U+FFFD, NaN and Infinity become null, a raw control character a blank, a backslash that escapes nothing is
 * kept, a comma in front of a bracket left out, an integer beyond 64 bits becomes a real, a number beyond all reals null, and
 * the words of other languages for null, true and false are read. Without that an event is lost, with the words in it.
 * Pure; any thread.
 */
#include <jansson.h>
#include <stddef.h>

/* NULL when it cannot be read, or its tree takes more than so many bytes. */
json_t *cs_provider_json(const char *text, size_t len, size_t ceiling);
