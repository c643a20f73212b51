/*
 * Each word, pair of words and part of a word adds to the number at a place that its hash chooses.
 */
#include "embed/hash.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static uint64_t hash_mix(uint64_t h, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) /* FNV-1a */
        h = (h ^ (unsigned char)tolower((unsigned char)s[i])) * 0x100000001b3ULL;
    return h;
}

static void hash_add(float *v, size_t dimensions, uint64_t h, float weight)
{
    h ^= h >> 32;
    v[h % dimensions] += h & 0x10000 ? weight : -weight;
}

void hash_embed(const char *text, float *v, size_t dimensions)
{
    static const uint64_t seed = 0xcbf29ce484222325ULL;
    uint64_t before = seed;

    memset(v, 0, dimensions * sizeof(*v));
    while (*text) {
        size_t n = 0;
        while (isalnum((unsigned char)text[n]) || (unsigned char)text[n] >= 0x80)
            n++;
        if (n == 0) {
            text++;
            continue;
        }
        hash_add(v, dimensions, hash_mix(seed, text, n), 1.0F);
        hash_add(v, dimensions, hash_mix(before * 31, text, n), 0.5F);
        for (size_t i = 0; n > 3 && i + 3 <= n; i++)
            hash_add(v, dimensions, hash_mix(seed + 3, text + i, 3), 0.3F);
        before = hash_mix(seed, text, n);
        text += n;
    }
    for (size_t i = 0; i < dimensions; i++)
        if (v[i] > 0 || v[i] < 0)
            return;
    v[0] = 1; /* no words: still a direction */
}
