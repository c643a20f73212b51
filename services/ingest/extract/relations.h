#pragma once
/* relations: the parts of an Office document that another part refers to by an id, in memory of the arena. */
#include "ingest/extract/archive.h"

struct relations {
    struct relation {
        const char *id, *target; /* the member's full name */
    } * at;
    size_t n;
};

/* Those of a member such as "xl/workbook.xml". */
struct relations relations_read(const struct source *s, const char *member);
const char *relations_target(const struct relations *r, const char *id); /* NULL: none */
