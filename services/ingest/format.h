#pragma once
/*
 * format: the document formats, a row each. A format is its row here, a row in extract/readers.c and
 * the file that reads it. Pure; any thread.
 */
#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct format {
    const char *name;       /* of its reader */
    const char *mime;       /* media type of a document that has it */
    const char *extensions; /* of file names, separated by blanks */
    const char *types;      /* more media types, of clients and libmagic */
    const char
        *member; /* of a ZIP: the content of `mimetype`, or the name of a part that must be there */
    bool text;   /* decoded to UTF-8 before it is read; names decide between these */
    bool raw; /* made of text that declares its encodings itself; its signs decide, then its name */
    bool flat;          /* no headings can be expected, so passages overlap */
    const char *helper; /* program that reads it in the sandbox, or NULL */
};

extern const struct format formats[]; /* ends with {0} */

const struct format *format_named(const char *name);
/* By the extension of a file name, or by a media type whose parameters are ignored; NULL: none. */
const struct format *format_of_name(const char *file_name);
const struct format *format_of_type(const char *type);
/* The media type to show for a file before it was read: by its name, else as the client said. */
const char *format_mime(const char *file_name, const char *type);
/* A file name that says what the media type says, for a document whose own name is a title; in the arena. */
const char *format_file_name(struct cs_arena *a, const char *type);
