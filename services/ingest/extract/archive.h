#pragma once
/*
 * archive: members of a ZIP in memory, by libarchive; and XML members by libxml2's streaming reader.
 *
 * What comes out of all archives of a file is counted (source.h): beyond SOURCE_MAX_INFLATED a member is
 * not read to its end and the reason is set. Names never touch a path of this machine.
 */
#include "ingest/extract/source.h"

#include <libxml/xmlreader.h>

enum { ARCHIVE_MAX_MEMBERS = 10000 };

/* The member of this name, terminated, to be freed; NULL: it is not there or cannot be read. */
char *archive_member(const struct source *s, const char *name, size_t *ret_len);
/* Each member in its order until f says false; data is freed afterwards, and NULL where it cannot be read. NULL, or why it ended early. */
typedef bool archive_each(void *arg, const char *name, char *data, size_t len);
const char *archive_walk(const struct source *s, archive_each *f, void *arg);
bool archive_has(const struct source *s, const char *name);
/* Why a member could not be read. */
const char *archive_reason(const struct source *s);

/* Events of an XML text: names without their prefix. f->end may be NULL. */
struct xml_events {
    void (*start)(void *arg, const char *name, xmlTextReaderPtr r);
    void (*end)(void *arg, const char *name);
    void (*text)(void *arg, const char *text, size_t len);
};
/* False when the text is damaged, or nested too deeply; events came until there. */
bool xml_walk(const char *xml, size_t len, const struct xml_events *f, void *arg);
/* The attribute of this name, whatever its prefix; "" when it is missing. Lives until the next call. */
const char *xml_attribute(xmlTextReaderPtr r, const char *name);
