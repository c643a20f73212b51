/* The last component of a path, by its characters, without those of bidirectional formatting. */
#include "ingest/name.h"

#include "base/utf8.h"

#include <ctype.h>
#include <string.h>

/* ALM, LRM, RLM, embeddings and overrides, isolates; and the mark of byte order */
static bool is_direction(uint32_t c)
{
    return c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

bool name_has_control(const char *name)
{
    for (; *name; name++)
        if (iscntrl((unsigned char)*name))
            return true;
    return false;
}

const char *name_clean(struct cs_arena *a, const char *name)
{
    const char *composed = cs_utf8_nfc(a, name), *s = composed ? composed : name;
    char *kept = cs_strdup(a, s), *w = kept;
    uint32_t c;

    for (size_t n; (n = cs_utf8_next(s, strlen(s), &c)); s += n) {
        if (c == '/' || c == '\\')
            w = kept;
        else if (!is_direction(c) && (w > kept || c != ' '))
            w += cs_utf8_put(w, c);
    }
    while (w > kept && w[-1] == ' ')
        w--;
    *w = '\0';
    bool dots = strcmp(kept, ".") == 0 || strcmp(kept, "..") == 0;
    return dots || cs_utf8_blank(kept, strlen(kept)) ? NULL : kept;
}
