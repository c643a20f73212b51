/* The format of a file: libmagic judges binary files, and the signs of the whole content judge texts. */
#include "ingest/extract/source.h"

#include <magic.h>

static magic_t types, words;

bool source_kind_init(void)
{
    if (!types) {
        types = magic_open(MAGIC_MIME_TYPE | MAGIC_ERROR);
        words = magic_open(MAGIC_ERROR);
        if (!types || !words || magic_load(types, NULL) != 0 || magic_load(words, NULL) != 0)
            return false;
    }
    return true;
}

static const char *magic_of(magic_t m, const struct source *s)
{
    const char *found = magic_buffer(m, s->data, s->len);

    return found ? found : "";
}

/* whether a text has a heading as Markdown writes it */
static bool has_heading(const char *text)
{
    for (const char *p = text; p; p = strchr(p, '\n')) {
        p += *p == '\n';
        size_t hashes = strspn(p, "#");
        if (hashes >= 1 && hashes <= 6 && p[hashes] == ' ')
            return true;
    }
    return false;
}

/* What a text is that its name does not tell. */
static const struct format *text_by_content(const struct source *s)
{
    const struct format *f = format_of_type(magic_of(types, s));

    if (f && f->text && strcmp(f->name, "plain") != 0)
        return f;
    return format_named(has_heading(s->text) ? "markdown" : "plain");
}

static const struct format *text_kind(const struct source *s)
{
    const struct format *f = format_of_name(s->name);

    if (!f || !f->text)
        f = format_of_type(s->mime);
    return f && f->text ? f : text_by_content(s);
}

/* a whole word of libmagic's description: as much as a sentence can hold */
static const char *refused(const struct source *s)
{
    char what[80];
    const char *said = magic_of(words, s);
    size_t len = strcspn(said, ",;(");

    if (len == 0 || strncmp(said, "data", len) == 0)
        return "The file is in no format that is supported, and is no text.";
    snprintf(what, sizeof(what), "%.*s", (int)(len < sizeof(what) ? len : sizeof(what) - 1), said);
    for (char *p = what + strlen(what); p > what && p[-1] == ' ';)
        *--p = '\0';
    return cs_printf(s->arena, "Files of this kind are not supported: %s.", what);
}

/* a type that libmagic does not give to texts, whatever their encoding is */
static bool is_binary(const char *type)
{
    static const char *const kinds[] = {"image/", "audio/", "video/", "font/"};
    const struct format *f = format_of_type(type);

    if (f && f->text)
        return false;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (strncmp(type, kinds[i], strlen(kinds[i])) == 0)
            return true;
    return strncmp(type, "application/", 12) == 0 && strcmp(type, "application/octet-stream") != 0;
}

const struct format *source_kind(struct source *s, const char **reason)
{
    const struct format *f;

    if (s->len == 0) {
        *reason = "The file is empty.";
        return NULL;
    }
    if (source_decode(s, false))
        return text_kind(s);
    const char *type = magic_of(types, s);
    if ((f = format_of_type(type)) && !f->text)
        return f;
    if (!is_binary(type) && source_decode(s, true))
        return text_kind(s);
    *reason = refused(s);
    return NULL;
}
