/* A member is found by going through the archive's list anew: archives are in memory, and their lists are short. */
#include "ingest/extract/archive.h"

#include <archive.h>
#include <archive_entry.h>

static struct archive *archive_open(const struct source *s)
{
    struct archive *a = archive_read_new();

    if (!a)
        abort();
    archive_read_support_format_zip_seekable(a);
    if (archive_read_open_memory(a, s->data, s->len) == ARCHIVE_OK)
        return a;
    archive_read_free(a);
    return NULL;
}

static const char *next_name(struct archive *a, struct archive_entry **e, int *n)
{
    const char *name;

    while (++*n <= ARCHIVE_MAX_MEMBERS && archive_read_next_header(a, e) == ARCHIVE_OK) {
        name = archive_entry_pathname_utf8(*e);
        if (!name)
            name = archive_entry_pathname(*e);
        if (name && archive_entry_filetype(*e) == AE_IFREG)
            return name;
    }
    return NULL;
}

/* the data of the member the archive stands at */
static char *member_data(const struct source *s, struct archive *a, size_t *ret_len)
{
    struct cs_buf b = {0};
    ssize_t n;

    for (;;) {
        n = archive_read_data(a, cs_buf_grow(&b, 64 * 1024), 64 * 1024);
        if (n <= 0 || *s->inflated + (size_t)n > SOURCE_MAX_INFLATED)
            break;
        b.len += (size_t)n;
        *s->inflated += (size_t)n;
    }
    b.data[b.len] = '\0';
    *ret_len = b.len;
    if (n == 0)
        return b.data;
    if (n > 0)
        *s->inflated = SOURCE_MAX_INFLATED + 1;
    cs_buf_free(&b);
    return NULL;
}

char *archive_member(const struct source *s, const char *name, size_t *ret_len)
{
    struct archive *a = archive_open(s);
    struct archive_entry *e;
    const char *found;
    char *data = NULL;
    int n = 0;

    *ret_len = 0;
    while (a && (found = next_name(a, &e, &n)))
        if (strcmp(found, name) == 0) {
            data = member_data(s, a, ret_len);
            break;
        }
    if (a)
        archive_read_free(a);
    return data;
}

bool archive_has(const struct source *s, const char *name)
{
    struct archive *a = archive_open(s);
    struct archive_entry *e;
    const char *found = NULL;
    int n = 0;

    while (a && (found = next_name(a, &e, &n)) && strcmp(found, name) != 0)
        ;
    if (a)
        archive_read_free(a);
    return found != NULL;
}

const char *archive_walk(const struct source *s, archive_each *f, void *arg)
{
    struct archive *a = archive_open(s);
    struct archive_entry *e;
    const char *name, *reason = a ? NULL : "The archive is damaged.";
    int n = 0;
    bool more = true;

    while (a && more && !reason && (name = next_name(a, &e, &n))) {
        size_t len;
        char *copy = strdup(name), *data = member_data(s, a, &len);
        if (!data && *s->inflated > SOURCE_MAX_INFLATED)
            reason = archive_reason(s);
        else
            more = f(arg, copy, data, len);
        free(data);
        free(copy);
    }
    if (n > ARCHIVE_MAX_MEMBERS)
        reason = "The archive has more than 10,000 members.";
    if (a)
        archive_read_free(a);
    return reason;
}

const char *archive_reason(const struct source *s)
{
    if (*s->inflated > SOURCE_MAX_INFLATED)
        return "The archive holds more than 64 MiB.";
    return "The file is damaged: a part that it needs is missing or cannot be read.";
}

/* ---- XML ---- */

static const char *local_name(xmlTextReaderPtr r)
{
    const xmlChar *name = xmlTextReaderConstLocalName(r);

    return name ? (const char *)name : "";
}

static void xml_event(xmlTextReaderPtr r, const struct xml_events *f, void *arg)
{
    const xmlChar *text;

    switch (xmlTextReaderNodeType(r)) {
    case XML_READER_TYPE_ELEMENT: {
        int empty = xmlTextReaderIsEmptyElement(r);
        char name[64];
        snprintf(name, sizeof(name), "%s", local_name(r));
        f->start(arg, name, r);
        if (empty && f->end)
            f->end(arg, name);
        break;
    }
    case XML_READER_TYPE_END_ELEMENT:
        if (f->end)
            f->end(arg, local_name(r));
        break;
    case XML_READER_TYPE_TEXT:
    case XML_READER_TYPE_CDATA:
    case XML_READER_TYPE_WHITESPACE:
    case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
        text = xmlTextReaderConstValue(r);
        if (text && f->text)
            f->text(arg, (const char *)text, strlen((const char *)text));
        break;
    default: break;
    }
}

bool xml_walk(const char *xml, size_t len, const struct xml_events *f, void *arg)
{
    xmlTextReaderPtr r = xmlReaderForMemory(xml, (int)len, NULL, NULL,
                                            XML_PARSE_NONET | XML_PARSE_NOERROR |
                                                XML_PARSE_NOWARNING | XML_PARSE_COMPACT);
    int more;

    if (!r)
        return false;
    while ((more = xmlTextReaderRead(r)) == 1)
        xml_event(r, f, arg);
    xmlFreeTextReader(r);
    return more == 0;
}

const char *xml_attribute(xmlTextReaderPtr r, const char *name)
{
    static char value[1024];

    value[0] = '\0';
    while (xmlTextReaderMoveToNextAttribute(r) == 1)
        if (strcmp(local_name(r), name) == 0) {
            const xmlChar *v = xmlTextReaderConstValue(r);
            snprintf(value, sizeof(value), "%s", v ? (const char *)v : "");
            break;
        }
    xmlTextReaderMoveToElement(r);
    return value;
}
