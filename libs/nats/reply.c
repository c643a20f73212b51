/* The token <slot>-<word>: 8 and 16 hexadecimal digits in lower case. */
#include "nats/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOT = 8, WORD = 16 };

static const char reply_digits[] = "0123456789abcdef";

void cs_reply_token(char out[CS_REPLY_TOKEN], const struct cs_reply *reply)
{
    snprintf(out, CS_REPLY_TOKEN, "%08x-%016llx", reply->slot, (unsigned long long)reply->word);
}

bool cs_reply_parse(const char *text, struct cs_reply *ret)
{
    if (strspn(text, reply_digits) != SLOT || text[SLOT] != '-' ||
        strspn(text + SLOT + 1, reply_digits) != WORD)
        return false;
    const char end = text[SLOT + 1 + WORD];
    ret->slot = (uint32_t)strtoul(text, NULL, 16);
    ret->word = strtoull(text + SLOT + 1, NULL, 16);
    return end == '\0' || end == '.';
}
