/* White space is squeezed, and a long text is cut between words. */
#include "chat/title.h"

#include "base/utf8.h"
#include "text/character.h"

#include <ctype.h>

/* text with every run of white space as one blank, up to max bytes */
static size_t title_squeeze(char *out, size_t max, const char *text)
{
    size_t n = 0;

    for (; *text && n < max; text++) {
        if (!isspace((unsigned char)*text))
            out[n++] = *text;
        else if (n > 0 && out[n - 1] != ' ')
            out[n++] = ' ';
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    return n;
}

char *title_from(struct cs_arena *a, const char *text)
{
    char buf[(TITLE_CHARACTERS + 1) * CS_UTF8_MAX + 1];
    size_t n = title_squeeze(buf, sizeof(buf), text), cut;

    n = cs_utf8_cut(buf, n, n);
    if (cs_utf8_count(buf, n) <= TITLE_CHARACTERS)
        return cs_strndup(a, buf, n);
    cut = cs_char_cut(buf, n, cs_utf8_head(buf, n, TITLE_CHARACTERS - 1)); /* with the ellipsis */
    for (size_t word = cut; word > cut / 2; word--) {
        if (buf[word] == ' ') {
            cut = word;
            break;
        }
    }
    return cs_printf(a, "%.*s…", (int)cut, buf);
}
