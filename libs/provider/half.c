/* Rounding to the nearest even, with subnormal numbers, by integer arithmetic. */
#include "provider/half.h"

#include <math.h>
#include <string.h>

uint16_t cs_half_of(float f)
{
    uint32_t u;

    memcpy(&u, &f, sizeof(u));
    uint16_t sign = (uint16_t)((u >> 16) & 0x8000);
    u &= 0x7fffffff;
    if (u > 0x7f800000) /* not a number */
        return sign | 0x7e00;
    if (u >= 0x47800000) /* 65536 and more */
        return sign | 0x7c00;
    if (u < 0x33000000) /* at most half of the smallest */
        return sign;
    uint32_t exponent = u >> 23, mantissa = u & 0x7fffff;
    uint32_t shift = 13; /* bits of a float's mantissa that a half lacks */
    uint32_t base = 0;
    if (exponent < 113) { /* a subnormal half */
        mantissa |= 0x800000;
        shift += 113 - exponent;
    } else {
        base = (exponent - 112) << 10;
    }
    uint32_t rest = mantissa & ((1U << shift) - 1), middle = 1U << (shift - 1);
    uint32_t h = base + (mantissa >> shift);
    h += rest > middle || (rest == middle && (h & 1)); /* may carry into the exponent, rightly */
    return (uint16_t)(sign | h);
}

float cs_half_float(uint16_t h)
{
    float sign = h & 0x8000 ? -1.0F : 1.0F;
    int exponent = (h >> 10) & 0x1f, mantissa = h & 0x3ff;

    if (exponent == 0x1f)
        return mantissa ? NAN : sign * INFINITY;
    return exponent ? sign * ldexpf((float)(mantissa | 0x400), exponent - 25)
                    : sign * ldexpf((float)mantissa, -24);
}

bool cs_half_pack(const float *v, size_t n, unsigned char *out)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)v[i] * v[i];
    if (!isfinite(sum) || sum <= 0)
        return false;
    double scale = 1 / sqrt(sum);
    for (size_t i = 0; i < n; i++) {
        uint16_t h = cs_half_of((float)(v[i] * scale));
        out[2 * i] = (unsigned char)(h & 0xff);
        out[2 * i + 1] = (unsigned char)(h >> 8);
    }
    return true;
}
