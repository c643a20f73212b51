/* Sizes, ids and numbers of points. */
#include "retrieve/vector/point.h"

#include "crypto/crypto.h"
#include "retrieve/kernel.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const uint32_t sizes[POINT_SIZES] = {128, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096};

size_t point_size_index(uint32_t size)
{
    size_t i = 0;

    while (i < POINT_SIZES - 1 && sizes[i] < size)
        i++;
    return i;
}

uint32_t point_size(uint32_t dims)
{
    assert(dims <= sizes[POINT_SIZES - 1]);
    return sizes[point_size_index(dims)];
}

uint32_t point_size_below(uint32_t size)
{
    size_t i = point_size_index(size);

    return i > 0 ? sizes[i - 1] : 0;
}

void point_collection(char out[POINT_COLLECTION_MAX], uint32_t size)
{
    snprintf(out, POINT_COLLECTION_MAX, "chatsphere-%u", size);
}

/* Version 8: sixteen bytes of a hash, with the bits that make it a UUID. */
void point_uuid(char out[CS_ID_SIZE], const struct vector_segment *s, uint32_t ord)
{
    char text[4 * CS_ID_SIZE + 256];
    unsigned char b[32];
    char hex[33];

    int n = snprintf(text, sizeof(text), "%s %s %lld %u %s", s->tenant, s->document,
                     (long long)s->version, ord, s->space);
    cs_sha256(b, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x80);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    cs_hex(hex, b, 16);
    snprintf(out, CS_ID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
             hex + 20);
}

/* Seven decimals, which is finer than a half of a vector of length 1; printf would take most of the time. */
static char *point_number(char *p, float v)
{
    enum { DECIMALS = 7, ONE = 10000000 };
    double x = (double)v < 0 ? -(double)v : (double)v;
    uint64_t n = (uint64_t)(x * ONE + 0.5), fraction = n % ONE;

    if (v < 0 && n > 0)
        *p++ = '-';
    p += snprintf(p, 6, "%u", (unsigned)(n / ONE)); /* halves end at 65504 */
    if (fraction) {
        *p = '.';
        for (int i = DECIMALS; i > 0; i--, fraction /= 10)
            p[i] = (char)('0' + fraction % 10);
        for (p += DECIMALS + 1; p[-1] == '0';)
            p--;
    }
    return p;
}

static char *point_zeros(char *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        *p++ = ',';
        *p++ = '0';
    }
    return p;
}

char *point_halves(char *out, const uint16_t *halves, uint32_t dims, uint32_t size)
{
    char *p = out;

    for (uint32_t i = 0; i < dims; i++) {
        if (i > 0)
            *p++ = ',';
        p = point_number(p, half_to_float(halves[i]));
    }
    return point_zeros(p, size - dims);
}

char *point_floats(char *out, const float *v, uint32_t dims, uint32_t size)
{
    char *p = out;

    for (uint32_t i = 0; i < dims; i++) {
        if (i > 0)
            *p++ = ',';
        p = point_number(p, v[i]);
    }
    return point_zeros(p, size - dims);
}

const char *point_quoted(struct cs_arena *a, const char *text)
{
    json_t *value = json_string(text);
    char *dumped = json_dumps(value, JSON_ENCODE_ANY);
    const char *copy = cs_strdup(a, dumped ? dumped : "\"\"");

    free(dumped);
    json_decref(value);
    return copy;
}
