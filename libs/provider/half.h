#pragma once
/* half: IEEE 754 half-precision numbers, without help of the processor. Pure; any thread. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint16_t cs_half_of(float f); /* nearest, ties to even; too large becomes infinity */
float cs_half_float(uint16_t h);

/*
 * Scales a vector to length 1 and writes it as n little-endian halves. False when it has no
 * direction: all zero, or a number that is not finite.
 */
bool cs_half_pack(const float *v, size_t n, unsigned char *out);
