#pragma once
/*
 * clustered: vectors as embeddings are, for tests: topics in groups, some far more frequent, in a latent space of 48
 * dimensions that a fixed map spreads over all of them, with noise and a common mean; of length 1. A query is a vector
 * with noise, at a cosine of about 0.8 to it.
 */
#include "base/grow.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { CLUSTERED_LATENT = 48, CLUSTERED_GROUP = 16 };

struct clustered {
    size_t dims;
    uint32_t topics;
    uint64_t random;
    float *map, *mean, *centres;
};

static inline uint64_t clustered_next(struct clustered *c)
{
    uint64_t z = (c->random += 0x9E3779B97F4A7C15ULL);

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

/* About normal: the sum of four uniform numbers. */
static inline float clustered_gauss(struct clustered *c)
{
    uint64_t z = clustered_next(c);
    uint64_t sum = (z & 0xffff) + (z >> 16 & 0xffff) + (z >> 32 & 0xffff) + (z >> 48);

    return ((float)sum / 65536 - 2) * 1.7320508F;
}

static inline void clustered_init(struct clustered *c, size_t dims, uint32_t topics, uint64_t seed)
{
    float group[CLUSTERED_LATENT] = {0};

    *c = (struct clustered){.dims = dims, .topics = topics, .random = seed};
    c->map = zeroed(dims * CLUSTERED_LATENT, sizeof(float));
    c->mean = zeroed(dims, sizeof(float));
    c->centres = zeroed((size_t)topics * CLUSTERED_LATENT, sizeof(float));
    for (size_t i = 0; i < dims; i++) {
        c->mean[i] = 0.5F * clustered_gauss(c);
        for (size_t j = 0; j < CLUSTERED_LATENT; j++)
            c->map[i * CLUSTERED_LATENT + j] = clustered_gauss(c) / sqrtf(1 + (float)j * 0.25F);
    }
    for (size_t t = 0; t < topics; t++)
        for (size_t j = 0; j < CLUSTERED_LATENT; j++) {
            if (t % CLUSTERED_GROUP == 0)
                group[j] = clustered_gauss(c);
            c->centres[t * CLUSTERED_LATENT + j] = group[j] + 0.7F * clustered_gauss(c);
        }
}

static inline void clustered_free(struct clustered *c)
{
    free(c->map);
    free(c->mean);
    free(c->centres);
}

static inline void clustered_unit(float *v, size_t dims)
{
    double sum = 0;

    for (size_t i = 0; i < dims; i++)
        sum += (double)v[i] * (double)v[i];
    for (size_t i = 0; i < dims; i++)
        v[i] = (float)((double)v[i] / sqrt(sum));
}

static inline void clustered_vector(struct clustered *c, float *ret)
{
    float u = (float)(clustered_next(c) >> 40) / 16777216, z[CLUSTERED_LATENT];
    size_t topic = (size_t)((float)c->topics * u * u * 0.999F);

    for (size_t j = 0; j < CLUSTERED_LATENT; j++)
        z[j] = c->centres[topic * CLUSTERED_LATENT + j] + 0.6F * clustered_gauss(c);
    for (size_t i = 0; i < c->dims; i++) {
        ret[i] = c->mean[i] + 0.6F * clustered_gauss(c);
        for (size_t j = 0; j < CLUSTERED_LATENT; j++)
            ret[i] += c->map[i * CLUSTERED_LATENT + j] * z[j];
    }
    clustered_unit(ret, c->dims);
}

static inline void clustered_query(struct clustered *c, const float *vector, float *ret)
{
    for (size_t i = 0; i < c->dims; i++)
        ret[i] = vector[i] + 0.8F * clustered_gauss(c) / sqrtf((float)c->dims);
    clustered_unit(ret, c->dims);
}
