/* The C library converts. */
#include "edge/charset.h"

#include <iconv.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { BYTES_OF_ONE = 4 }; /* of UTF-8 for a byte of any set, at most */

static bool charset_known(const char *set)
{
    static const char *const known[] = {
        "utf-8",        "us-ascii",     "iso-8859-1",   "iso-8859-2",   "iso-8859-3",
        "iso-8859-4",   "iso-8859-5",   "iso-8859-6",   "iso-8859-7",   "iso-8859-8",
        "iso-8859-9",   "iso-8859-10",  "iso-8859-13",  "iso-8859-14",  "iso-8859-15",
        "iso-8859-16",  "windows-1250", "windows-1251", "windows-1252", "windows-1253",
        "windows-1254", "windows-1255", "windows-1256", "windows-1257", "windows-1258",
        "koi8-r",       "koi8-u",       "shift_jis",    "euc-jp",       "iso-2022-jp",
        "gb2312",       "gbk",          "gb18030",      "big5",         "euc-kr",
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (strcasecmp(known[i], set) == 0)
            return true;
    return false;
}

const char *charset_utf8(struct cs_arena *a, const char *set, size_t set_len, const char *bytes,
                         size_t n)
{
    char name[16], *in = cs_strndup(a, bytes, n), *out = cs_alloc(a, n * BYTES_OF_ONE + 1);
    char *end = out;
    size_t left = n, room = n * BYTES_OF_ONE;

    if (set_len >= sizeof(name) || memchr(bytes, '\0', n))
        return NULL;
    snprintf(name, sizeof(name), "%.*s", (int)set_len, set);
    iconv_t cd = charset_known(name) ? iconv_open("UTF-8", name) : (iconv_t)-1;
    if (cd == (iconv_t)-1) /* NOLINT(performance-no-int-to-ptr): as POSIX has it */
        return NULL;
    bool whole = iconv(cd, &in, &left, &end, &room) != (size_t)-1 &&
                 iconv(cd, NULL, NULL, &end, &room) != (size_t)-1;
    iconv_close(cd);
    *end = '\0';
    return whole && left == 0 ? out : NULL;
}
