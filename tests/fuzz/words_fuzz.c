/* The tokenizer of search: any bytes; tokens lie within the text, are short, and are not too many. */
#include "retrieve/tokenize.h"
#include "retrieve/unicode.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct words {
    size_t size, n;
};

static void take(void *state, const struct token *t)
{
    struct words *w = state;

    w->n++;
    if (t->start >= t->end || t->end > w->size || t->len == 0 || t->len > TOKEN_MAX)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool begun;
    struct words w = {.size = size};

    if (!begun) {
        unicode_start();
        begun = true;
    }
    tokenize((const char *)data, size, take, &w);
    if (w.n > 4 * size + 4)
        abort();
    return 0;
}
