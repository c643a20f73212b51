/* Any text as a text[] of PostgreSQL: never a crash, and a list of strings within the bound. */
#include "bound.h"

#include "pg/pg.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PGresult *r = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc column = {.name = (char[]){"c"}};
    struct cs_arena a;
    size_t n = 0;

    cs_arena_init(&a);
    char *text = cs_strndup(&a, (const char *)data, size);
    if (!r || !PQsetResultAttrs(r, 1, &column) || !PQsetvalue(r, 0, 0, text, (int)strlen(text)))
        abort();
    char **items = cs_pg_texts(&a, r, 0, 0, &n);
    for (size_t i = 0; i < n; i++)
        if (strlen(items[i]) > size)
            abort();
    bound_check(&a, size);
    PQclear(r);
    cs_arena_dispose(&a);
    return 0;
}
