/* Words and sentences: any bytes; words lie within the text, are short, valid and not too many, and sentences cover it. */
#include "base/utf8.h"
#include "text/sentence.h"
#include "text/word.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct words {
    size_t size, n;
};

static void need(bool ok)
{
    if (!ok)
        abort();
}

static void take(void *state, const struct cs_word *w)
{
    struct words *words = state;
    char plain[2 * CS_WORD_WHOLE_MAX];

    words->n++;
    need(w->start < w->end && w->end <= words->size && w->len > 0 && w->len <= CS_WORD_WHOLE_MAX);
    need(cs_utf8_check(w->text, w->len) == w->len);
    size_t n = cs_word_plain(w->text, w->len, plain);
    need(n <= 2 * w->len && cs_utf8_check(plain, n) == n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct words w = {.size = size};
    const char *text = (const char *)data;

    cs_words(text, size, take, &w);
    need(w.n <= 4 * size + 4);
    for (size_t at = 0, n; at < size; at += n) {
        n = cs_sentence_len(text + at, size - at);
        need(n > 0 && n <= size - at);
    }
    return 0;
}
