/* The table of document formats. Markdown and plain text are the last to be asked. */
#include "ingest/format.h"

#include <string.h>
#include <strings.h>

#define OFFICE "application/vnd.openxmlformats-officedocument."
#define OPEN "application/vnd.oasis.opendocument."

const struct format formats[] = {
    {
        .name = "pdf",
        .mime = "application/pdf",
        .extensions = "pdf",
        .types = "application/x-pdf",
        .flat = true,
        .helper = "/usr/bin/pdftotext",
    },
    {
        .name = "png",
        .mime = "image/png",
        .extensions = "png",
        .types = "image/x-png",
        .flat = true,
        .helper = "/usr/bin/tesseract",
    },
    {
        .name = "jpeg",
        .mime = "image/jpeg",
        .extensions = "jpg jpeg jpe jfif",
        .types = "image/jpg image/pjpeg",
        .flat = true,
        .helper = "/usr/bin/tesseract",
    },
    {
        .name = "tiff",
        .mime = "image/tiff",
        .extensions = "tif tiff",
        .types = "image/tif",
        .flat = true,
        .helper = "/usr/bin/tesseract",
    },
    {
        .name = "docx",
        .mime = OFFICE "wordprocessingml.document",
        .extensions = "docx docm dotx",
        .types = "application/vnd.ms-word.document.macroenabled.12",
        .member = "word/document.xml",
    },
    {
        .name = "pptx",
        .mime = OFFICE "presentationml.presentation",
        .extensions = "pptx pptm ppsx",
        .types = "application/vnd.ms-powerpoint.presentation.macroenabled.12",
        .member = "ppt/presentation.xml",
    },
    {
        .name = "xlsx",
        .mime = OFFICE "spreadsheetml.sheet",
        .extensions = "xlsx xlsm",
        .types = "application/vnd.ms-excel.sheet.macroenabled.12",
        .member = "xl/workbook.xml",
    },
    {.name = "odt",
     .mime = OPEN "text",
     .extensions = "odt ott",
     .types = OPEN "text-template",
     .member = ""},
    {.name = "ods",
     .mime = OPEN "spreadsheet",
     .extensions = "ods",
     .types = OPEN "spreadsheet-template",
     .member = ""},
    {.name = "odp",
     .mime = OPEN "presentation",
     .extensions = "odp",
     .types = OPEN "presentation-template",
     .member = ""},
    {
        .name = "epub",
        .mime = "application/epub+zip",
        .extensions = "epub",
        .types = "",
        .member = "META-INF/container.xml",
    },
    {.name = "zip",
     .mime = "application/zip",
     .extensions = "zip",
     .types = "application/x-zip-compressed"},
    {
        .name = "rtf",
        .mime = "text/rtf",
        .extensions = "rtf",
        .types = "application/rtf application/x-rtf",
        .flat = true,
        .raw = true,
    },
    {
        .name = "eml",
        .mime = "message/rfc822",
        .extensions = "eml",
        .types = "",
        .raw = true,
    },
    {
        .name = "mbox",
        .mime = "application/mbox",
        .extensions = "mbox mbx",
        .types = "",
        .raw = true,
    },
    {
        .name = "csv",
        .mime = "text/csv",
        .extensions = "csv",
        .types = "application/csv text/x-csv",
        .text = true,
    },
    {
        .name = "tsv",
        .mime = "text/tab-separated-values",
        .extensions = "tsv tab",
        .types = "text/tsv",
        .text = true,
    },
    {
        .name = "json",
        .mime = "application/json",
        .extensions = "json geojson",
        .types = "text/json application/ld+json",
        .text = true,
    },
    {
        .name = "jsonl",
        .mime = "application/x-ndjson",
        .extensions = "jsonl ndjson",
        .types = "application/jsonl application/ndjson",
        .text = true,
    },
    {
        .name = "html",
        .mime = "text/html",
        .extensions = "html htm xhtml",
        .types = "application/xhtml+xml",
        .text = true,
    },
    {
        .name = "markdown",
        .mime = "text/markdown",
        .extensions = "md markdown mdown mkd mdx",
        .types = "text/x-markdown",
        .text = true,
    },
    {
        .name = "plain",
        .mime = "text/plain",
        .extensions = "txt text log",
        .types = "",
        .text = true,
        .flat = true,
    },
    {0},
};

/* whether one of the words, separated by blanks, is this */
static bool has_word(const char *words, const char *word, size_t len)
{
    for (const char *p = words; *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        if (n == len && strncasecmp(p, word, len) == 0)
            return true;
        p += n;
    }
    return false;
}

const struct format *format_named(const char *name)
{
    for (const struct format *f = formats; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

const struct format *format_of_name(const char *file_name)
{
    const char *dot = file_name ? strrchr(file_name, '.') : NULL;

    if (dot && dot[1])
        for (const struct format *f = formats; f->name; f++)
            if (has_word(f->extensions, dot + 1, strlen(dot + 1)))
                return f;
    return NULL;
}

const struct format *format_of_type(const char *type)
{
    size_t len = type ? strcspn(type, "; ") : 0;

    if (len)
        for (const struct format *f = formats; f->name; f++)
            if ((strlen(f->mime) == len && strncasecmp(f->mime, type, len) == 0) ||
                has_word(f->types, type, len))
                return f;
    return NULL;
}

const char *format_mime(const char *file_name, const char *type)
{
    const struct format *f = format_of_name(file_name);

    if (f)
        return f->mime;
    return type && *type ? type : "application/octet-stream";
}

const char *format_file_name(struct cs_arena *a, const char *type)
{
    const struct format *f = format_of_type(type);

    return f ? cs_printf(a, "page.%.*s", (int)strcspn(f->extensions, " "), f->extensions) : "page";
}
