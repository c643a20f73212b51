/* The format of a file: libmagic judges binary files, and the signs of the whole content judge texts. */
#include "ingest/extract/source.h"

#include "ingest/extract/archive.h"

#include <magic.h>
#include <strings.h>

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

static bool text_begins(const char *text, const char *with)
{
    return strncasecmp(text, with, strlen(with)) == 0;
}

/* a page as servers send it, whatever its name is */
static bool is_page(const char *text)
{
    text += strspn(text, " \t\r\n");
    while (text_begins(text, "<!--") || text_begins(text, "<?")) {
        const char *end = strstr(text, text_begins(text, "<?") ? "?>" : "-->");
        if (!end)
            return false;
        text = end + strspn(end, "?->");
        text += strspn(text, " \t\r\n");
    }
    return text_begins(text, "<!doctype html") || text_begins(text, "<html");
}

/* the beginning of RTF, and the end of its group */
static bool is_rtf(const struct source *s)
{
    size_t end = s->len;

    while (end > 0 && (s->data[end - 1] == '\0' || strchr(" \r\n\t", s->data[end - 1])))
        end--;
    return text_begins(s->data, "{\\rtf") && s->data[end - 1] == '}';
}

/* two headers that every message has, before its first empty line */
static bool is_message(const char *s)
{
    static const char *const headers[] = {
        "From:", "Date:", "Subject:", "Received:", "MIME-Version:", "Message-ID:"};
    int found = 0;

    for (int line = 0; line < 200 && *s && *s != '\n' && *s != '\r'; line++) {
        if (!strchr(" \t", *s) && strcspn(s, ":") > strcspn(s, " \n"))
            return false; /* no header */
        for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
            found += text_begins(s, headers[i]);
        s += strcspn(s, "\n");
        s += *s == '\n';
    }
    return found >= 3;
}

/* What is made of text but has its own encodings; names of texts such as notes.txt do not hide it. */
static const struct format *raw_kind(const struct source *s)
{
    const struct format *f = format_of_name(s->name);
    size_t line = strcspn(s->data, "\n");

    if (is_rtf(s))
        return format_named("rtf");
    if (strncmp(s->data, "From ", 5) == 0 && s->data[line] && is_message(s->data + line + 1))
        return format_named("mbox");
    if (is_message(s->data) && (!f || f->raw))
        return format_named("eml");
    return NULL;
}

static const struct format *text_kind(const struct source *s)
{
    const struct format *f = format_of_name(s->name);

    /* a PDF of ASCII characters only; its first letters alone are no sign */
    if (text_begins(s->data, "%PDF-") &&
        ((f && strcmp(f->name, "pdf") == 0) || memmem(s->data, s->len, "endobj", 6)))
        return format_named("pdf");
    if (is_page(s->text) && !(f && strcmp(f->name, "markdown") == 0))
        return format_named("html");

    if (!f || !f->text)
        f = format_of_type(s->mime);
    if (f && f->text)
        return f;
    f = format_of_type(magic_of(types, s));
    if (f && f->text && strcmp(f->name, "plain") != 0)
        return f;
    return format_named(has_heading(s->text) ? "markdown" : "plain");
}

/* What a ZIP is, by its members; NULL: an archive, or nothing that is supported. */
static const struct format *zip_kind(const struct source *s)
{
    size_t len;
    char *type = archive_member(s, "mimetype", &len);
    const struct format *f = NULL;

    if (type) {
        type[strcspn(type, "\r\n ")] = '\0';
        f = format_of_type(type);
    }
    free(type);
    if (f && f->member)
        return f;
    for (f = formats; f->name; f++)
        if (f->member && *f->member && archive_has(s, f->member))
            return f;
    return NULL;
}

/* a whole word of libmagic's description: as much as a sentence can hold */
static const char *kind_refused(const struct source *s)
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
    if ((f = raw_kind(s)))
        return f;
    if (source_decode(s, false))
        return text_kind(s);
    if (s->len > 4 && memcmp(s->data, "PK", 2) == 0 && (f = zip_kind(s)))
        return f;
    const char *type = magic_of(types, s);
    if ((f = format_of_type(type)) && !f->text && !f->raw && !f->member)
        return f;
    if (f &&
        f->member) { /* its beginning says what it is, and its end, which lists its parts, does not */
        *reason = "The document is damaged: a part of the file is missing.";
        return NULL;
    }
    if (!is_binary(type) && source_decode(s, true))
        return text_kind(s);
    *reason = kind_refused(s);
    return NULL;
}
