/* The reader of each format. */
#include "ingest/extract/source.h"

static const struct {
    const char *format;
    source_reader *read;
} readers[] = {
    {"pdf", pdf_read},      {"png", picture_read}, {"jpeg", picture_read},
    {"tiff", picture_read}, {"docx", docx_read},   {"pptx", pptx_read},
    {"xlsx", xlsx_read},    {"odt", odf_read},     {"ods", odf_read},
    {"odp", odf_read},      {"epub", epub_read},   {"zip", zip_read},
    {"rtf", rtf_read},      {"eml", eml_read},     {"mbox", mbox_read},
    {"csv", csv_read},      {"tsv", csv_read},     {"json", json_read},
    {"jsonl", json_read},   {"html", html_read},   {"markdown", markdown_read},
    {"plain", plain_read},
};

source_reader *source_reader_of(const struct format *f)
{
    for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++)
        if (strcmp(readers[i].format, f->name) == 0)
            return readers[i].read;
    return NULL;
}

const char *source_read(struct source *s, struct emit *e)
{
    const char *reason = NULL;
    const struct format *f = source_kind(s, &reason);

    if (!f)
        return reason;
    if (s->depth == 0)
        emit_format(e, f->mime, f->flat ? FORMAT_FLAT : 0);
    e->base = s->text_base;
    if (s->depth == 0 && !f->helper && s->confine && !s->confine())
        return "The server cannot confine the reading of files.";
    reason = source_reader_of(f)(s, e);
    if (!reason && s->depth == 0 && e->n_blocks == 0 && !e->pictures)
        reason = "The file contains no text.";
    return reason;
}

void source_part(const struct source *whole, struct emit *e, const char *name, const char *mime,
                 const char *data, size_t len)
{
    struct cs_arena a;
    struct source s = *whole;
    struct text title = {0};
    const char *reason = "It is nested too deeply.";

    cs_arena_init(&a);
    s.name = name;
    s.mime = mime;
    s.data = data;
    s.len = len;
    s.arena = &a;
    s.depth++;
    text_adds(&title, name);
    emit_block(e, BLOCK_HEADING, 1, 0, NULL, &title);
    e->parts++;
    if (s.depth <= SOURCE_MAX_DEPTH)
        reason = source_read(&s, e);
    e->parts--;
    e->page = 0;
    e->base = 0;
    if (reason) {
        const char *warning = cs_printf(&a, "%s: %s", name, reason);
        emit_property(e, "warning", warning, strlen(warning));
    }
    text_free(&title);
    cs_arena_dispose(&a);
}
