/* Documents, chunks and vectors in growing arrays, with an index by id made when it is sealed. */
#include "retrieve/snapshot.h"

#include "base/grow.h"
#include "retrieve/bytes.h"
#include "retrieve/lexical.h"

#include <stdio.h>
#include <string.h>

/*
 * The most that a document takes: many short words, each of which occurs once. A word is then in two lexicons,
 * with a posting, a place in the vocabulary for spelling and slots of hash tables that are up to 8/3 as many.
 */
enum { EACH_DOCUMENT = 64 * 1024, EACH_ROW = 64, EACH_BYTE = 24 };

enum { SHORT_TEXT = 200 }; /* bytes; what means something else below another heading */

struct snapshot_text {
    uint64_t hash;
    uint32_t row;
};

struct snapshot *snapshot_new(int64_t version)
{
    struct snapshot *s = zeroed(1, sizeof(*s));

    s->version = version;
    s->refs = 1;
    s->lexical = lexical_new();
    return s;
}

struct snapshot *snapshot_ref(struct snapshot *s)
{
    __atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
    return s;
}

void snapshot_unref(struct snapshot *s)
{
    if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    for (uint32_t i = 0; i < s->n_documents; i++)
        free(s->documents[i].name);
    for (uint32_t i = 0; i < s->n_matrices; i++) {
        free(s->matrices[i].space);
        free(s->matrices[i].halves);
        free(s->matrices[i].rows);
        bytes_free(s->matrices[i].bytes);
    }
    free(s->documents);
    free(s->rows);
    free(s->matrices);
    free(s->same);
    free(s->texts);
    free(s->space);
    lexical_free(s->lexical);
    free(s);
}

static char *text_copy(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(zeroed(size, 1), text, size);
}

void snapshot_set_space(struct snapshot *s, const char *space, int32_t dimensions)
{
    free(s->space);
    s->space = space ? text_copy(space) : NULL;
    s->dimensions = dimensions;
}

void snapshot_add_document(struct snapshot *s, const char *id, int64_t version, const char *name,
                           enum cs_language language)
{
    s->documents =
        grow(s->documents, &s->cap_documents, (size_t)s->n_documents + 1, sizeof(*s->documents));
    struct snapshot_document *d = &s->documents[s->n_documents++];

    *d = (struct snapshot_document){
        .version = version, .name = text_copy(name), .language = language, .first_row = s->n_rows};
    snprintf(d->id, sizeof(d->id), "%s", id);
    s->names += strlen(name) + 1;
}

void snapshot_add_chunk(struct snapshot *s, const char *heading_path, const char *body)
{
    struct snapshot_document *d = &s->documents[s->n_documents - 1];

    s->rows = grow(s->rows, &s->cap_rows, (size_t)s->n_rows + 1, sizeof(*s->rows));
    s->rows[s->n_rows++] =
        (struct snapshot_row){.document = s->n_documents - 1, .ord = d->n_rows++};
    lexical_next_row(s->lexical, d->language);
    lexical_add(s->lexical, d->name, 1);
    uint64_t headings = lexical_add(s->lexical, heading_path, 2);
    uint64_t hash = lexical_add(s->lexical, body, 1);
    s->texts = grow(s->texts, &s->cap_texts, s->n_rows, sizeof(*s->texts));
    if (hash && strlen(body) < SHORT_TEXT)
        hash ^= headings * 31;
    s->texts[s->n_rows - 1] = (struct snapshot_text){.hash = hash, .row = s->n_rows - 1};
}

static struct snapshot_matrix *matrix_of(struct snapshot *s, const struct snapshot_vectors *v)
{
    for (uint32_t i = 0; i < s->n_matrices; i++) {
        if (s->matrices[i].dims == v->dims && strcmp(s->matrices[i].space, v->space) == 0)
            return &s->matrices[i];
    }
    s->matrices =
        grow(s->matrices, &s->cap_matrices, (size_t)s->n_matrices + 1, sizeof(*s->matrices));
    struct snapshot_matrix *m = &s->matrices[s->n_matrices++];
    *m = (struct snapshot_matrix){.space = text_copy(v->space), .dims = v->dims};
    return m;
}

bool snapshot_add_vectors(struct snapshot *s, uint32_t document, uint32_t first_ord,
                          const struct snapshot_vectors *v)
{
    const struct snapshot_document *d = &s->documents[document];

    if (v->n > d->n_rows || first_ord > d->n_rows - v->n)
        return false;
    struct snapshot_matrix *m = matrix_of(s, v);
    size_t row_bytes = (size_t)m->dims * sizeof(*m->halves);
    m->rows = grow(m->rows, &m->cap_rows, (size_t)m->n + v->n, sizeof(*m->rows));
    m->halves = grow(m->halves, &m->cap_vectors, (size_t)m->n + v->n, row_bytes);
    memcpy(m->halves + (size_t)m->n * m->dims, v->halves, v->n * row_bytes);
    for (uint32_t i = 0; i < v->n; i++)
        m->rows[m->n++] = d->first_row + first_ord + i;
    return true;
}

size_t snapshot_bytes(const struct snapshot *s)
{
    size_t bytes = sizeof(*s) + lexical_bytes(s->lexical) +
                   s->n_rows * (sizeof(*s->rows) + sizeof(*s->same)) +
                   s->n_documents * sizeof(*s->documents) + s->names;

    for (uint32_t i = 0; i < s->n_matrices; i++) {
        const struct snapshot_matrix *m = &s->matrices[i];
        bytes += m->n * (sizeof(*m->rows) + m->dims * sizeof(*m->halves)) + sizeof(*m);
    }
    return bytes;
}

size_t snapshot_bytes_most(size_t n_rows, size_t text, size_t vectors)
{
    return EACH_DOCUMENT + n_rows * EACH_ROW + text * EACH_BYTE + vectors;
}

static int by_hash(const void *a, const void *b)
{
    const struct snapshot_text *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* Rows without a word are all different. */
static void snapshot_find_copies(struct snapshot *s)
{
    s->same = zeroed(s->n_rows, sizeof(*s->same));
    if (s->n_rows > 0)
        qsort(s->texts, s->n_rows, sizeof(*s->texts), by_hash);
    for (uint32_t i = 0; i < s->n_rows; i++) {
        const struct snapshot_text *t = &s->texts[i];
        bool copy = i > 0 && t->hash && t->hash == s->texts[i - 1].hash;
        s->same[t->row] = copy ? s->same[s->texts[i - 1].row] : t->row;
        s->copied = s->copied || copy;
    }
    free(s->texts);
    s->texts = NULL;
}

void snapshot_finish(struct snapshot *s)
{
    lexical_seal(s->lexical);
    snapshot_find_copies(s);
    s->rows = trimmed(s->rows, &s->cap_rows, s->n_rows, sizeof(*s->rows));
    s->documents = trimmed(s->documents, &s->cap_documents, s->n_documents, sizeof(*s->documents));
    for (uint32_t i = 0; i < s->n_matrices; i++) {
        struct snapshot_matrix *m = &s->matrices[i];
        m->rows = trimmed(m->rows, &m->cap_rows, m->n, sizeof(*m->rows));
        m->halves = trimmed(m->halves, &m->cap_vectors, m->n, m->dims * sizeof(*m->halves));
    }
    s->bytes = snapshot_bytes(s);
}

void snapshot_make_bytes(struct snapshot *s, size_t most)
{
    for (uint32_t i = 0; i < s->n_matrices; i++) {
        struct snapshot_matrix *m = &s->matrices[i];
        size_t size = bytes_size(m->n, m->dims);

        if (m->n < BYTES_FROM || s->bytes + size > most)
            continue;
        m->bytes = bytes_new(m->halves, m->n, m->dims);
        s->bytes += size;
    }
}

static int by_id(const void *key, const void *document)
{
    return strcmp(key, ((const struct snapshot_document *)document)->id);
}

int64_t snapshot_find(const struct snapshot *s, const char *id)
{
    const struct snapshot_document *d =
        s->n_documents ? bsearch(id, s->documents, s->n_documents, sizeof(*s->documents), by_id)
                       : NULL;

    return d ? d - s->documents : -1;
}

const struct snapshot_matrix *snapshot_space(const struct snapshot *s, const char *space)
{
    for (uint32_t i = 0; i < s->n_matrices; i++) {
        if (strcmp(s->matrices[i].space, space) == 0)
            return &s->matrices[i];
    }
    return NULL;
}
