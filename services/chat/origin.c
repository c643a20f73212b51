#include "chat/origin.h"

#include <string.h>
#include <strings.h>

static size_t without_suffix(const char *s, size_t len, const char *suffix)
{
    size_t n = strlen(suffix);
    return len > n && strncmp(s + len - n, suffix, n) == 0 ? len - n : len;
}

/* length of an origin as far as it counts: no slash at the end, no default port */
static size_t counted(const char *s)
{
    size_t len = without_suffix(s, strlen(s), "/");

    if (strncasecmp(s, "https://", 8) == 0)
        return without_suffix(s, len, ":443");
    if (strncasecmp(s, "http://", 7) == 0)
        return without_suffix(s, len, ":80");
    return len;
}

bool origin_allowed(char *const *allowed, size_t n, const char *origin)
{
    if (n == 0)
        return true;
    if (!origin || strcmp(origin, "null") == 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        size_t len = counted(origin);
        if (counted(allowed[i]) == len && strncasecmp(allowed[i], origin, len) == 0)
            return true;
    }
    return false;
}
