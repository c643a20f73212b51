/* Books (EPUB): the pages of the spine in their order, each read as HTML. */
#include "ingest/extract/archive.h"

#include "ingest/extract/flow.h"

#include <ctype.h>

enum { ITEMS = 5000 };

struct epub {
    struct cs_arena *arena;
    const char *package, *folder;
    struct {
        const char *id, *href;
    } items[ITEMS];
    size_t n_items, n_spine;
    const char *spine[ITEMS];
    struct emit *emit;
    bool in_title;
};

static void container_start(void *arg, const char *name, xmlTextReaderPtr r)
{
    struct epub *b = arg;

    if (strcmp(name, "rootfile") == 0 && !b->package)
        b->package = cs_strdup(b->arena, xml_attribute(r, "full-path"));
}

/* %20 and the like */
static char *href_decode(struct cs_arena *a, const char *folder, const char *href)
{
    char *path = cs_printf(a, "%s%s", folder, href), *to = path;

    path[strcspn(path, "#")] = '\0';
    for (const char *p = path; *p; p++) {
        unsigned c = 0;
        if (*p == '%' && isxdigit((unsigned char)p[1]) && isxdigit((unsigned char)p[2]) &&
            sscanf(p + 1, "%2x", &c) == 1 && c) {
            *to++ = (char)c;
            p += 2;
        } else {
            *to++ = *p;
        }
    }
    *to = '\0';
    return path;
}

static void package_start(void *arg, const char *name, xmlTextReaderPtr r)
{
    struct epub *b = arg;

    b->in_title = strcmp(name, "title") == 0;
    if (strcmp(name, "item") == 0 && b->n_items < ITEMS) {
        b->items[b->n_items].id = cs_strdup(b->arena, xml_attribute(r, "id"));
        b->items[b->n_items++].href = href_decode(b->arena, b->folder, xml_attribute(r, "href"));
    } else if (strcmp(name, "itemref") == 0 && b->n_spine < ITEMS) {
        b->spine[b->n_spine++] = cs_strdup(b->arena, xml_attribute(r, "idref"));
    }
}

static void package_text(void *arg, const char *text, size_t len)
{
    struct epub *b = arg;

    if (b->in_title)
        emit_property(b->emit, "title", text, len);
    b->in_title = false;
}

static const char *epub_page(const struct source *s, const struct epub *b, const char *id)
{
    struct flow f = {.emit = b->emit};
    struct text html = {0};
    const char *reason = NULL;

    for (size_t i = 0; i < b->n_items; i++) {
        size_t len;
        if (strcmp(b->items[i].id, id) != 0)
            continue;
        char *data = archive_member(s, b->items[i].href, &len);
        if (data)
            text_add(&html, data, len, NO_SOURCE);
        else if (*s->inflated > SOURCE_MAX_INFLATED)
            reason = archive_reason(s);
        free(data);
        break;
    }
    html_fragment(&f, &html);
    flow_free(&f);
    text_free(&html);
    return reason;
}

const char *epub_read(const struct source *s, struct emit *e)
{
    static const struct xml_events container = {.start = container_start},
                                   package = {package_start, NULL, package_text};
    struct epub *b = cs_alloc(s->arena, sizeof(*b));
    const char *reason = NULL;
    size_t len;
    char *xml = archive_member(s, "META-INF/container.xml", &len);

    b->arena = s->arena;
    b->emit = e;
    if (xml)
        xml_walk(xml, len, &container, b);
    free(xml);
    xml = b->package ? archive_member(s, b->package, &len) : NULL;
    if (!xml)
        return archive_reason(s);
    const char *slash = strrchr(b->package, '/');
    b->folder = cs_strndup(s->arena, b->package, slash ? (size_t)(slash - b->package) + 1 : 0);
    xml_walk(xml, len, &package, b);
    free(xml);
    for (size_t i = 0; i < b->n_spine && !reason && !e->full; i++)
        reason = epub_page(s, b, b->spine[i]);
    return reason;
}
