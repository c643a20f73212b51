/* Letters and digits of ASCII, the rest is one underscore. */
#include "edge/mcp_name.h"

#include <ctype.h>
#include <string.h>

enum { END = 8 /* of an id, the random part */ };

static const char *slug_of(struct cs_arena *a, const char *name)
{
    char slug[MCP_SLUG + 1];
    size_t n = 0;

    for (; *name && n < MCP_SLUG; name++) {
        if (isalnum((unsigned char)*name))
            slug[n++] = (char)tolower((unsigned char)*name);
        else if (n > 0 && slug[n - 1] != '_')
            slug[n++] = '_';
    }
    while (n > 0 && slug[n - 1] == '_')
        n--;
    return n ? cs_strndup(a, slug, n) : "bot";
}

const char **mcp_slugs(struct cs_arena *a, Bot *const *bots, size_t n)
{
    const char **plain = CS_NEW(a, const char *, n + 1), **slugs = CS_NEW(a, const char *, n + 1);

    for (size_t i = 0; i < n; i++)
        plain[i] = slug_of(a, bots[i]->name ? bots[i]->name : "");
    for (size_t i = 0; i < n; i++) {
        const char *id = bots[i]->id ? bots[i]->id : "";
        bool twice = false;

        for (size_t k = 0; k < n && !twice; k++)
            twice = k != i && strcmp(plain[k], plain[i]) == 0;
        slugs[i] =
            !twice ? plain[i]
                   : cs_printf(a, "%s_%s", plain[i], strlen(id) > END ? id + strlen(id) - END : id);
    }
    return slugs;
}
