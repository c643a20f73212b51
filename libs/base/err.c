/* One row per status: its code for programs and its title for people. */
#include "base/err.h"

#include <stddef.h>

static const struct {
    int status;
    const char *code, *title;
} table[] = {
    {CS_INVALID, "invalid", "Invalid request"},
    {CS_UNAUTHENTICATED, "unauthenticated", "Not authenticated"},
    {CS_FORBIDDEN, "forbidden", "Forbidden"},
    {CS_NOT_FOUND, "not_found", "Not found"},
    {CS_METHOD, "method_not_allowed", "Method not allowed"},
    {CS_CONFLICT, "conflict", "Conflict"},
    {CS_TOO_LARGE, "too_large", "Too large"},
    {CS_MEDIA, "unsupported_media_type", "Unsupported media type"},
    {CS_UNPROCESSABLE, "unprocessable", "Unprocessable"},
    {CS_LIMITED, "limited", "Too many requests"},
    {CS_INTERNAL, "internal", "Internal error"},
    {CS_UPSTREAM, "upstream", "A provider failed"},
    {CS_OVERLOADED, "overloaded", "Overloaded"},
    {CS_TIMEOUT, "timeout", "Timed out"},
};

static size_t row_of(int status)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].status == status)
            return i;
    return row_of(CS_INTERNAL);
}

const char *cs_error_code(int status)
{
    return table[row_of(status)].code;
}

const char *cs_error_title(int status)
{
    return table[row_of(status)].title;
}
