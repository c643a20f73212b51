/*
 * Each word, pair of words and part of a word adds to the number at a place that its hash chooses.
 */
#include "embed/hash.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static uint64_t mix(uint64_t h, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) /* FNV-1a */
        h = (h ^ (unsigned char)tolower((unsigned char)s[i])) * 0x100000001b3ULL;
    return h;
}

static void add(float *v, size_t dimensions, uint64_t h, float weight)
{
    h ^= h >> 32;
    v[h % dimensions] += h & 0x10000 ? weight : -weight;
}

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

void hash_embed(const char *text, float *v, size_t dimensions)
{
    static const uint64_t seed = 0xcbf29ce484222325ULL;
    uint64_t before = seed;

    memset(v, 0, dimensions * sizeof(*v));
    while (*text) {
        size_t n = 0;
        while (in_word(text[n]))
            n++;
        if (n == 0) {
            text++;
            continue;
        }
        add(v, dimensions, mix(seed, text, n), 1.0F);
        add(v, dimensions, mix(before * 31, text, n), 0.5F);
        for (size_t i = 0; n > 3 && i + 3 <= n; i++)
            add(v, dimensions, mix(seed + 3, text + i, 3), 0.3F);
        before = mix(seed, text, n);
        text += n;
    }
    for (size_t i = 0; i < dimensions; i++)
        if (v[i] > 0 || v[i] < 0)
            return;
    v[0] = 1; /* no words: still a direction */
}
