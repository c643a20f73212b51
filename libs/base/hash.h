#pragma once
/* hash: FNV-1a with a final mix; for tables and rendezvous choices, not against adversaries. */
#include <stdint.h>

static inline uint64_t cs_hash(uint64_t seed, const char *s)
{
    uint64_t h = 14695981039346656037u ^ seed;

    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    h ^= h >> 30;
    h *= 0xbf58476d1ce4e5b9u;
    h ^= h >> 27;
    h *= 0x94d049bb133111ebu;
    return h ^ h >> 31;
}
