/*
 * Each word, pair of words and part of a word adds to the number at a place that its hash chooses.
 */
#include "embed/hash.h"

#include "text/word.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const uint64_t SEED = 0xcbf29ce484222325ULL;

struct hashing {
    float *v;
    size_t dimensions;
    uint64_t before; /* hash of the word before */
};

static uint64_t hash_mix(uint64_t h, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) /* FNV-1a */
        h = (h ^ (unsigned char)s[i]) * 0x100000001b3ULL;
    return h;
}

static void hash_add(const struct hashing *x, uint64_t h, float weight)
{
    h ^= h >> 32;
    x->v[h % x->dimensions] += h & 0x10000 ? weight : -weight;
}

static void hash_word(void *state, const struct cs_word *w)
{
    struct hashing *x = state;

    hash_add(x, hash_mix(SEED, w->text, w->len), 1.0F);
    hash_add(x, hash_mix(x->before * 31, w->text, w->len), 0.5F);
    for (size_t i = 0; w->len > 3 && i + 3 <= w->len; i++)
        hash_add(x, hash_mix(SEED + 3, w->text + i, 3), 0.3F);
    x->before = hash_mix(SEED, w->text, w->len);
}

void hash_embed(const char *text, float *v, size_t dimensions)
{
    struct hashing x = {.v = v, .dimensions = dimensions, .before = SEED};

    memset(v, 0, dimensions * sizeof(*v));
    cs_words(text, strlen(text), hash_word, &x);
    for (size_t i = 0; i < dimensions; i++)
        if (v[i] > 0 || v[i] < 0)
            return;
    v[0] = 1; /* no words: still a direction */
}
