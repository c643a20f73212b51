/* "did you mean": the field whose name is at most two slips away from what was written. */
#include "pbjson/field.h"

#include <string.h>

enum { MAX_SLIPS = 2, MAX_WORD = 64 };

static unsigned slips_min(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours that make b of a. */
static unsigned slips_between(const char *a, const char *b)
{
    unsigned rows[3][MAX_WORD + 1], *two_up = rows[0], *up = rows[1], *row = rows[2];
    size_t n = strnlen(b, MAX_WORD);

    for (size_t j = 0; j <= n; j++)
        up[j] = two_up[j] = (unsigned)j;
    for (size_t i = 1; a[i - 1] && i <= MAX_WORD; i++) {
        unsigned *spare = two_up;
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= n; j++) {
            row[j] =
                slips_min(slips_min(row[j - 1], up[j]) + 1, up[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = slips_min(row[j], two_up[j - 2] + 1);
        }
        two_up = up;
        up = row;
        row = spare;
    }
    return up[n];
}

const char *pbjson_suggest(const struct cs_message_meta *m, const ProtobufCMessageDescriptor *desc,
                           const char *name)
{
    const char *best = NULL;
    unsigned slips = MAX_SLIPS + 1;

    if (strnlen(name, MAX_WORD) <= MAX_SLIPS || strnlen(name, MAX_WORD) == MAX_WORD)
        return NULL;
    for (unsigned i = 0; i < desc->n_fields; i++) {
        unsigned d = slips_between(name, desc->fields[i].name);
        if (d < slips && !pbjson_meta(m, desc, &desc->fields[i])->internal) {
            slips = d;
            best = desc->fields[i].name;
        }
    }
    return best;
}
