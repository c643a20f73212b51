#pragma once
/*
 * source: the file that is read, and the formats that read it.
 *
 * A reader takes the file to pieces and hands blocks to emit.h. It answers NULL, or the reason why
 * there is no document: a sentence for its owner. It runs in a sandbox with limits of memory and
 * time (sandbox.h), so it does without some checks that a service would need; it still bounds
 * whatever a file can inflate.
 */
#include "base/arena.h"
#include "ingest/extract/emit.h"
#include "ingest/format.h"

struct source {
    const char *name, *mime; /* as the client has them; may be NULL */
    const char *data;        /* terminated */
    size_t len;
    const char *text; /* decoded, terminated; NULL: this is no text */
    size_t text_len;
    size_t text_base; /* where it begins in data, if the bytes are the same */
    bool verbatim;    /* they are */
    struct cs_arena *arena;
    int depth; /* in archives and messages */
    int file;  /* the descriptor it was read from, for a helper */
    const char *
        pages; /* those to recognise, such as "1-3,7"; NULL: a first reading, which may ask for it */
    size_t *inflated; /* bytes that came out of archives so far */
    bool (*confine)(
        void); /* closes the sandbox, before the reader begins or after it started its helper; may be NULL */
};

enum {
    SOURCE_MAX = 32 * 1024 * 1024, /* bytes of a file */
    SOURCE_MAX_INFLATED = 64 * 1024 * 1024,
    SOURCE_MAX_DEPTH = 3,
};

typedef const char *source_reader(const struct source *s, struct emit *e);

/* readers.c: the reader of a format, NULL if this build has none */
source_reader *source_reader_of(const struct format *f);
/* Recognises the format and reads it, as for a file of its own. */
const char *source_read(struct source *s, struct emit *e);

/* A file within another one: a section headed by its name. What cannot be read is a warning. data is terminated. */
void source_part(const struct source *whole, struct emit *e, const char *name, const char *mime,
                 const char *data, size_t len);

/* kind.c: the format by the content of the whole file; names and media types decide between texts. NULL and a reason. */
const struct format *source_kind(struct source *s, const char **reason);
/* Loads the tables that need files. Called once, before the sandbox closes. */
bool source_kind_init(void);

/* encoding.c: text, text_len, text_base and verbatim of a text; false: it is none. Without a guess the encoding is UTF-8
 * or marked; with it, it is none of these. */
bool source_decode(struct source *s, bool guess);
/* The bytes in a named encoding as UTF-8 in the arena, U+FFFD for what is malformed; NULL: the encoding is unknown. */
char *source_convert(struct cs_arena *a, const char *charset, const char *data, size_t len,
                     size_t *ret_len);

/* a reader each */
source_reader plain_read, markdown_read, html_read, pdf_read, docx_read, pptx_read, xlsx_read,
    odf_read, epub_read, csv_read, json_read, zip_read, rtf_read, eml_read, mbox_read, picture_read;

/* zip.c: the files of an archive instead of blocks; of what is none, the format alone */
const char *zip_split(struct source *s, struct emit *e);
/* docx.c: title, author and the like of an XML member, as properties */
void core_properties(const struct source *s, struct emit *e, const char *member);

/* plain.c: the text from an offset on, where another reader gave up. */
const char *plain_rest(const struct source *s, struct emit *e, size_t from);
/* html.c: raw HTML within another text; the blocks go on in its flow. Clears html. */
struct flow;
void html_fragment(struct flow *f, struct text *html);
