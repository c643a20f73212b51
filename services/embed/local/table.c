/* The layouts of model2vec and of sentence-transformers: the names of the tensor differ. */
#include "embed/local/table.h"

#include "provider/vectors.h"

#include <string.h>

struct table {
    const float *rows, *weights;  /* weights NULL: all 1 */
    const struct tensor *mapping; /* piece to row; NULL: the same */
    size_t n, dimensions, vocabulary;
};

/* The row of a piece; n or more when the mapping is wrong. */
static size_t table_row(const struct table *t, size_t piece)
{
    int64_t row = (int64_t)piece;

    if (t->mapping && strcmp(t->mapping->type, "I64") == 0)
        memcpy(&row, t->mapping->data + piece * sizeof(row), sizeof(row));
    else if (t->mapping) {
        int32_t narrow;
        memcpy(&narrow, t->mapping->data + piece * sizeof(narrow), sizeof(narrow));
        row = narrow;
    }
    return row < 0 ? t->n : (size_t)row;
}

static const char *mapping_read(struct table *t, const struct safetensors *s)
{
    const struct tensor *m = safetensors_find(s, "mapping");

    if (!m)
        return NULL;
    if (m->rank != 1 || (strcmp(m->type, "I64") != 0 && strcmp(m->type, "I32") != 0))
        return "The tensor mapping is no list of I64 or I32.";
    t->mapping = m;
    t->vocabulary = m->shape[0];
    for (size_t i = 0; i < t->vocabulary; i++)
        if (table_row(t, i) >= t->n)
            return "The tensor mapping names a row that does not exist.";
    return NULL;
}

static const char *weights_read(struct cs_arena *a, struct table *t, const struct safetensors *s)
{
    const struct tensor *w = safetensors_find(s, "weights");

    if (!w)
        return NULL;
    if (w->rank != 1 || w->shape[0] != t->vocabulary || strcmp(w->type, "I8") == 0 ||
        !(t->weights = tensor_floats(a, w)))
        return "The tensor weights is no list of floats, one for each piece.";
    return NULL;
}

struct table *table_open(struct cs_arena *a, const struct safetensors *s, const char **ret_why)
{
    const struct tensor *rows = safetensors_find(s, "embeddings");
    struct table *t = CS_NEW(a, struct table, 1);

    if (!rows)
        rows = safetensors_find(s, "embedding.weight");
    if (!rows || rows->rank != 2 || rows->shape[1] == 0 || rows->shape[1] > CS_DIMENSIONS_MAX ||
        !(t->rows = tensor_floats(a, rows))) {
        *ret_why =
            "There is no tensor embeddings of F32, F16, BF16 or I8 with at most 4,096 columns.";
        return NULL;
    }
    t->n = t->vocabulary = rows->shape[0];
    t->dimensions = rows->shape[1];
    if (!(*ret_why = mapping_read(t, s)))
        *ret_why = weights_read(a, t, s);
    return *ret_why ? NULL : t;
}

size_t table_dimensions(const struct table *t)
{
    return t->dimensions;
}

size_t table_vocabulary(const struct table *t)
{
    return t->vocabulary;
}

void table_run(const struct table *t, const int32_t *ids, size_t n, float *out)
{
    float squares = 0;

    memset(out, 0, t->dimensions * sizeof(*out));
    for (size_t i = 0; i < n; i++) {
        const float *row = t->rows + table_row(t, (size_t)ids[i]) * t->dimensions;
        float weight = t->weights ? t->weights[ids[i]] : 1;
        for (size_t k = 0; k < t->dimensions; k++)
            out[k] += weight * row[k];
    }
    for (size_t k = 0; k < t->dimensions; k++)
        squares += out[k] * out[k];
    if (!(squares > 0))
        out[0] = 1;
}
