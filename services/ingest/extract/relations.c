/* The relations of a/b.xml stand in a/_rels/b.xml.rels, with targets relative to a. */
#include "ingest/extract/relations.h"

enum { RELATIONS = 5000 };

struct reading {
    struct cs_arena *arena;
    struct relations r;
    const char *folder;
};

static void relation_start(void *arg, const char *name, xmlTextReaderPtr xml)
{
    struct reading *x = arg;

    if (strcmp(name, "Relationship") != 0 || x->r.n >= RELATIONS)
        return;
    const char *id = cs_strdup(x->arena, xml_attribute(xml, "Id"));
    const char *target = xml_attribute(xml, "Target");
    x->r.at[x->r.n++] =
        (struct relation){id, *target == '/' ? cs_strdup(x->arena, target + 1)
                                             : cs_printf(x->arena, "%s%s", x->folder, target)};
}

struct relations relations_read(const struct source *s, const char *member)
{
    static const struct xml_events events = {.start = relation_start};
    const char *slash = strrchr(member, '/');
    int folder = slash ? (int)(slash - member) + 1 : 0;
    struct reading x = {.arena = s->arena, .folder = cs_printf(s->arena, "%.*s", folder, member)};
    size_t len;
    char *xml =
        archive_member(s, cs_printf(s->arena, "%s_rels/%s.rels", x.folder, member + folder), &len);

    x.r.at = CS_NEW(s->arena, struct relation, RELATIONS);
    if (xml)
        xml_walk(xml, len, &events, &x);
    free(xml);
    return x.r;
}

const char *relations_target(const struct relations *r, const char *id)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->at[i].id, id) == 0)
            return r->at[i].target;
    return NULL;
}
