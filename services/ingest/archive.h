#pragma once
/*
 * archive: an uploaded ZIP archive, taken apart into its files by a child in the sandbox. Each becomes a document of its
 * own, as if it had been uploaded; the archive itself is not kept. What the child cannot take apart stays one document,
 * whose processing tells the reason. One thread at a time.
 *
 *     r = archive_read(call, d, &x);                 outside a transaction
 *     if (x.n > 0) r = archive_store(call, d->id, &x, rep);
 *     archive_close(&x);
 */
#include "crypto/crypto.h"
#include "ingest/ingest.h"

enum { ARCHIVE_FILES = 500 };

struct archive_file {
    const char *name;
    size_t bytes;
    char sha256[CS_SHA256_HEX];
};

struct archive {
    int fd; /* of its files' bytes, as the child wrote them */
    struct archive_file *files;
    size_t n;
};

/* By name or media type; its content is looked at by the child only. */
bool archive_named(const struct document *d);
/* Without files: it is none, or cannot be taken apart. Negative: too many or too large ones, or the document is gone. */
int archive_read(struct cs_call *call, const struct document *d, struct archive *ret);
/* Ends the upload `id` in one transaction: a document for each file, those that are there already included. */
int archive_store(struct cs_call *call, const char *id, const struct archive *x, Document *rep);
void archive_close(struct archive *x);
