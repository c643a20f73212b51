#pragma once
/*
 * snapshot: a collection as it was at one version, in memory.
 *
 * Filled by one thread from ordered rows, then sealed; from then on it never changes, so any number
 * of threads search it without a lock. It is counted: snapshot_ref() and snapshot_unref() from any
 * thread; whoever drops the last reference frees it.
 *
 *     struct snapshot *s = snapshot_new(version);
 *     snapshot_add_document(s, id, doc_version, name, CS_LANGUAGE_EN);
 *     snapshot_add_chunk(s, heading_path, body);          the last document's next one, from 0
 *     snapshot_add_vectors(s, document, first_ord, &v);   any document, after its chunks
 *     snapshot_finish(s);
 *
 * A row is a chunk. Rows whose texts are the same word by word are copies of one another; a short text is
 * the same only below the same headings. Vectors of one space are one matrix; two spaces are never compared.
 */
#include "base/id.h"
#include "text/language.h"

#include <stdbool.h>
#include <stdint.h>

struct snapshot_document {
    char id[CS_ID_SIZE];
    int64_t version;
    char *name;
    enum cs_language language;
    uint32_t first_row, n_rows;
};

struct snapshot_row {
    uint32_t document, ord;
};

struct snapshot_vectors {
    const char *space; /* provider/model/dimensions */
    uint32_t n, dims;
    const uint16_t *halves; /* n x dims */
};

struct snapshot_matrix {
    char *space;
    uint32_t dims, n;
    uint32_t cap_rows, cap_vectors;
    uint16_t *halves;
    uint32_t *rows;      /* which row each vector is of */
    struct bytes *bytes; /* NULL: it is small, or there was no room */
};

struct snapshot {
    int64_t version;
    struct snapshot_document *documents;
    struct snapshot_row *rows;
    struct snapshot_matrix *matrices;
    uint32_t n_documents, n_rows, n_matrices;
    uint32_t cap_documents, cap_rows, cap_matrices;
    struct lexical *lexical;
    char *space;        /* of the vectors that are searched; NULL: not known */
    int32_t dimensions; /* that its model was asked for; 0: its own */
    bool outside;       /* a vector store has the vectors, see vector/vector_store.h */
    uint32_t *same;     /* by row: the first one with the same text, of whatever document */
    bool copied;        /* some text stands in it twice */
    struct snapshot_text *texts; /* while filling: of each row */
    uint32_t cap_texts;
    size_t names; /* bytes of the documents' names */
    size_t bytes; /* set by snapshot_finish() */
    int refs;
};

struct snapshot *snapshot_new(int64_t version); /* one reference */
struct snapshot *snapshot_ref(struct snapshot *s);
void snapshot_unref(struct snapshot *s); /* NULL is fine */

void snapshot_set_space(struct snapshot *s, const char *space, int32_t dimensions);
void snapshot_add_document(struct snapshot *s, const char *id, int64_t version, const char *name,
                           enum cs_language language);
void snapshot_add_chunk(struct snapshot *s, const char *heading_path, const char *body);
/* False: the document has no such chunks. Its number is its place in documents. */
bool snapshot_add_vectors(struct snapshot *s, uint32_t document, uint32_t first_ord,
                          const struct snapshot_vectors *v);
void snapshot_finish(struct snapshot *s);
/* Makes bytes of the large matrices of a finished one, as far as it then takes no more than `most` bytes. */
void snapshot_make_bytes(struct snapshot *s, size_t most);
/* What it would take if it were finished now: a load can stop when that is too much. */
size_t snapshot_bytes(const struct snapshot *s);
/*
 * The most that a document adds to that, without a look at its words: its chunks, and bytes of their texts with
 * headings and the document's name, and of their vectors. Ordinary text takes a tenth of it.
 */
size_t snapshot_bytes_most(size_t n_rows, size_t text, size_t vectors);

/* What topk.h and fuse() want to know of copies: NULL, which costs nothing, where there are none. */
static inline const uint32_t *snapshot_copies(const struct snapshot *s)
{
    return s->copied ? s->same : NULL;
}

/* The document added last; there must be one. */
static inline const struct snapshot_document *snapshot_last(const struct snapshot *s)
{
    return &s->documents[s->n_documents - 1];
}

/* Number of the document with this id, or -1. They were added in the order of their ids. */
int64_t snapshot_find(const struct snapshot *s, const char *id);
const struct snapshot_matrix *snapshot_space(const struct snapshot *s, const char *space);
