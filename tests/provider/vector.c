/* Words counted by their hash, and the two ways to write the counts. */
#include "vector.h"

#include <h2o.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void vector_fill(float *v, int dims, const char *text)
{
    double norm = 0;

    while (*text) {
        unsigned hash = 2166136261u;
        size_t n = strcspn(text, " \n\t.,;:?!#");
        for (size_t i = 0; i < n; i++)
            hash = (hash ^ ((unsigned char)text[i] | 0x20u)) * 16777619u;
        if (n > 2)
            v[hash % (unsigned)dims] += 1;
        text += n + (text[n] != '\0');
    }
    for (int i = 0; i < dims; i++)
        norm += (double)v[i] * (double)v[i];
    for (int i = 0; i < dims; i++)
        v[i] = norm > 0 ? (float)((double)v[i] / sqrt(norm)) : (float)(i == 0);
}

json_t *vector_of(const char *text, int dims, bool base64)
{
    size_t bytes = (size_t)dims * sizeof(float);
    float *v = calloc(1, bytes);
    json_t *value;

    if (!v)
        abort();
    vector_fill(v, dims, text);
    if (base64) {
        char *encoded = malloc((bytes + 2) / 3 * 4 + 1);
        if (!encoded)
            abort();
        value = json_stringn(encoded, h2o_base64_encode(encoded, v, bytes, 0));
        free(encoded);
    } else {
        value = json_array();
        for (int i = 0; i < dims; i++)
            json_array_append_new(value, json_real((double)v[i]));
    }
    free(v);
    return value;
}
