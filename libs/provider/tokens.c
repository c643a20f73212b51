/* Counts read from JSON, and limits of what they may be. */
#include "provider/tokens.h"

#include <stdlib.h>
#include <string.h>

bool cs_tokens_read(const json_t *usage, const char *name, int64_t *ret)
{
    const json_t *count = json_object_get(usage, name);
    const char *text = json_string_value(count);
    double n = json_number_value(count);

    if (text && *text && !text[strspn(text, "0123456789")])
        n = strtod(text, NULL);
    else if (!json_is_number(count))
        return false;
    *ret = n >= CS_TOKENS_MAX ? CS_TOKENS_MAX : n > 0 ? (int64_t)n : 0;
    return true;
}

int64_t cs_tokens_plausible(int64_t n, size_t texts, size_t bytes)
{
    enum { PER_TEXT = 64, TEMPLATE = 4096 }; /* roles and marks; instructions of the provider */
    int64_t most = TEMPLATE + PER_TEXT * (int64_t)texts + (int64_t)bytes;

    return n < most ? n : most;
}

int64_t cs_tokens_of_text(const char *text)
{
    int64_t ascii = 0, others = 0;

    for (; *text; text++) {
        ascii += (unsigned char)*text < 0x80;
        others += (unsigned char)*text >= 0xc0; /* the first byte of a character */
    }
    return (ascii + 3) / 4 + others;
}

int64_t cs_tokens_estimate(size_t bytes)
{
    return (int64_t)(bytes + 3) / 4;
}
