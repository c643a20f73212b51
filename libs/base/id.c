/* UUIDv7 from the wall clock and getrandom(). */
#include "base/id.h"

#include "base/clock.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void cs_random(void *p, size_t n)
{
    unsigned char *at = p;

    while (n > 0) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            abort();
        at += got;
        n -= (size_t)got;
    }
}

void cs_id_new(char out[CS_ID_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    unsigned char b[16];
    uint64_t ms = (uint64_t)cs_now_ms();

    cs_random(b, sizeof(b));
    for (int i = 0; i < 6; i++)
        b[i] = (unsigned char)(ms >> (40 - 8 * i));
    b[6] = (unsigned char)(0x70 | (b[6] & 0x0f));
    b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));
    for (int i = 0, o = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[o++] = '-';
        out[o++] = hex[b[i] >> 4];
        out[o++] = hex[b[i] & 15];
    }
    out[CS_ID_SIZE - 1] = '\0';
}

bool cs_id_valid(const char *s)
{
    for (int i = 0; s && i < CS_ID_SIZE - 1; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s[i] != '-' : !isxdigit((unsigned char)s[i]))
            return false;
    }
    return s && s[CS_ID_SIZE - 1] == '\0';
}

int64_t cs_id_ms(const char *s)
{
    char hex[13];

    snprintf(hex, sizeof(hex), "%.8s%.4s", s, s + 9);
    return (int64_t)strtoll(hex, NULL, 16);
}
