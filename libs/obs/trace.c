/* Reading, making and sampling of the traceparent header. */
#include "obs/trace.h"

#include "base/id.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void hex_random(char *out, size_t bytes)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char b[16];

    cs_random(b, bytes);
    for (size_t i = 0; i < bytes; i++) {
        out[2 * i] = hex[b[i] >> 4];
        out[2 * i + 1] = hex[b[i] & 15];
    }
}

static bool hex_field(const char *s, size_t n)
{
    return strspn(s, "0123456789abcdef") >= n && strspn(s, "0") < n;
}

/* 00-<32 hex>-<16 hex>-<2 hex>; all-zero ids are invalid (W3C Trace Context, level 1) */
bool cs_trace_valid(const char *t)
{
    return t && strlen(t) == CS_TRACEPARENT_SIZE - 1 && memcmp(t, "00-", 3) == 0 &&
           hex_field(t + CS_TRACE_AT, CS_TRACE_LEN) && t[CS_TRACE_SPAN_AT - 1] == '-' &&
           hex_field(t + CS_TRACE_SPAN_AT, CS_TRACE_SPAN_LEN) && t[CS_TRACE_FLAGS_AT - 1] == '-' &&
           strspn(t + CS_TRACE_FLAGS_AT, "0123456789abcdef") == 2;
}

void cs_trace_child(const char *parent, char out[CS_TRACEPARENT_SIZE])
{
    bool valid = cs_trace_valid(parent);

    snprintf(out, CS_TRACEPARENT_SIZE, "%s",
             valid ? parent : "00-00000000000000000000000000000000-0000000000000000-00");
    if (!valid)
        hex_random(out + CS_TRACE_AT, CS_TRACE_LEN / 2);
    hex_random(out + CS_TRACE_SPAN_AT, CS_TRACE_SPAN_LEN / 2);
}

void cs_trace_id(const char *t, char out[CS_TRACE_ID_SIZE])
{
    snprintf(out, CS_TRACE_ID_SIZE, "%.32s", cs_trace_valid(t) ? t + CS_TRACE_AT : "");
}

bool cs_trace_sampled(const char *t)
{
    return cs_trace_valid(t) && (strtoul(t + CS_TRACE_FLAGS_AT, NULL, 16) & 1);
}

/* by the id itself, so that all who judge it with the same share agree */
void cs_trace_sample(char t[CS_TRACEPARENT_SIZE], double share)
{
    char low[9];

    snprintf(low, sizeof(low), "%.8s", t + CS_TRACE_SPAN_AT - 9);
    if ((double)strtoul(low, NULL, 16) < share * (double)(UINT32_MAX + 1.0))
        memcpy(t + CS_TRACE_FLAGS_AT, "01", 2);
}
