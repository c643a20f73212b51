/* Lines of key files, and which of several keys is in use. */
#include "crypto/keyfile.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { FROM_DIGITS = 12 };

const char *cs_key_line_next(const char **text, size_t *ret_len)
{
    const char *line = *text + strspn(*text, "\r\n");

    *ret_len = strcspn(line, "\r\n");
    *text = line + *ret_len;
    return *line ? line : NULL;
}

bool cs_key_from_parse(const char *s, size_t n, int64_t *ret_s)
{
    if (n == 0 || n > FROM_DIGITS || strspn(s, "0123456789") < n)
        return false;
    *ret_s = strtoll(s, NULL, 10);
    return true;
}

bool cs_key_line_parse(const char *line, size_t len, bool named, struct cs_key_line *ret)
{
    const char *end = line + len, *blank, *stop;
    size_t n;

    *ret = (struct cs_key_line){0};
    if (named) {
        n = strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789_-");
        if (n == 0 || n >= CS_KEY_NAME || n >= len || line[n] != ' ')
            return false;
        memcpy(ret->name, line, n);
        line += n + 1;
    }
    blank = memchr(line, ' ', (size_t)(end - line));
    if (blank && !cs_key_from_parse(blank + 1, (size_t)(end - blank - 1), &ret->from_s))
        return false;
    n = (size_t)((blank ? blank : end) - line);
    return sodium_base642bin(ret->bytes, CS_KEY_BYTES, line, n, NULL, &len, &stop,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
           len == CS_KEY_BYTES && stop == line + n;
}

bool cs_key_preferred(int64_t from_s, int64_t than_s, int64_t now_s)
{
    bool used = from_s <= now_s, than_used = than_s <= now_s;

    if (used != than_used)
        return used;
    return used ? from_s >= than_s : from_s < than_s;
}
