/* The files of a folder, and the family that they belong to. */
#include "embed/local/model.h"

#include "base/file.h"
#include "crypto/crypto.h"
#include "embed/local/encoder.h"
#include "embed/local/table.h"
#include "embed/local/wordpiece.h"
#include "pbjson/json.h"

#include <stdlib.h>
#include <string.h>

enum {
    JSON_MAX = 32 << 20, /* bytes of a file of JSON; a tokenizer is the longest */
    TREE_MAX = 256 << 20,
    PREFIX_MAX = 1000,
    TABLE_PIECES = 8192, /* of a text of a static model */
    TAG_DIGITS = 12,
};

struct model {
    struct cs_arena arena;
    struct safetensors *weights;
    struct wordpiece *pieces;
    struct encoder *encoder; /* one of the two */
    struct table *table;
    enum pooling pooling;
    size_t pieces_max;
    const char *query_prefix, *passage_prefix;
    char tag[CS_SHA256_HEX];
};

struct model_scratch {
    struct encoder_scratch *encoder; /* NULL: the family needs none */
};

/* ---- files ---- */

struct reading {
    struct model *m;
    const char *folder, *why; /* the first thing that is wrong */
    struct cs_sha256_state digest;
};

static void reading_fails(struct reading *r, const char *file, const char *why)
{
    if (!r->why)
        r->why = cs_printf(&r->m->arena, "%s: %s", file, why);
}

/* A file of JSON as part of the digest; NULL when it is absent, and why if it is needed. */
static json_t *reading_json(struct reading *r, const char *file, bool needed)
{
    struct cs_arena scratch;
    json_t *root = NULL;
    size_t len;

    if (r->why)
        return NULL;
    cs_arena_init(&scratch);
    const char *path = cs_printf(&scratch, "%s/%s", r->folder, file);
    char *text = cs_file_read(&scratch, path, JSON_MAX, &len);
    if (!text && (needed || cs_file_exists(path)))
        reading_fails(r, file, "It is missing, cannot be read, or is longer than 32 MiB.");
    if (text) {
        root = pbjson_load(text, len, JSON_REJECT_DUPLICATES, TREE_MAX, NULL, NULL);
        cs_sha256_update(&r->digest, text, len);
    }
    if (text && !root)
        reading_fails(r, file, "It is no JSON.");
    cs_arena_dispose(&scratch);
    return root;
}

/* ---- what stands beside the weights ---- */

static const char *prefix_read(struct reading *r, const char *file, const json_t *o,
                               const char *name, const char *before)
{
    const char *prefix = json_string_value(json_object_get(o, name));

    if (!prefix)
        return before;
    if (strlen(prefix) > PREFIX_MAX)
        reading_fails(r, file, "A prefix is longer than 1,000 bytes.");
    return cs_strdup(&r->m->arena, prefix);
}

static void prefixes_read(struct reading *r)
{
    static const char common[] = "config_sentence_transformers.json", own[] = "chatsphere.json";
    json_t *root = reading_json(r, common, false);
    const json_t *prompts = json_object_get(root, "prompts");
    struct model *m = r->m;

    m->query_prefix = prefix_read(r, common, prompts, "query", "");
    m->passage_prefix = prefix_read(r, common, prompts, "document", "");
    m->passage_prefix = prefix_read(r, common, prompts, "passage", m->passage_prefix);
    json_decref(root);
    root = reading_json(r, own, false);
    m->query_prefix = prefix_read(r, own, root, "query_prefix", m->query_prefix);
    m->passage_prefix = prefix_read(r, own, root, "passage_prefix", m->passage_prefix);
    json_decref(root);
}

/* Mean or CLS, and nothing else beside it. */
static void pooling_read(struct reading *r, const char *file)
{
    json_t *root = reading_json(r, file, true);
    bool mean = json_is_true(json_object_get(root, "pooling_mode_mean_tokens"));
    bool cls = json_is_true(json_object_get(root, "pooling_mode_cls_token"));
    const char *name;
    json_t *v;
    int n = 0;

    json_object_foreach(root, name, v)
        n += strncmp(name, "pooling_mode_", 13) == 0 && json_is_true(v);
    if (root && (n != 1 || mean == cls))
        reading_fails(r, file, "The pooling is neither mean tokens nor CLS token alone.");
    r->m->pooling = cls ? POOLING_CLS : POOLING_MEAN;
    json_decref(root);
}

/* The last word of the name of a module's class. */
static const char *module_type(const json_t *module)
{
    const char *type = json_string_value(json_object_get(module, "type"));
    const char *dot = type ? strrchr(type, '.') : NULL;

    return dot ? dot + 1 : type ? type : "";
}

static void modules_read(struct reading *r)
{
    static const char file[] = "modules.json";
    json_t *root = reading_json(r, file, true);
    const char *pooling = NULL;

    for (size_t i = 0; i < json_array_size(root); i++) {
        const json_t *module = json_array_get(root, i);
        const char *type = module_type(module);
        if (strcmp(type, "Pooling") == 0)
            pooling = json_string_value(json_object_get(module, "path"));
        else if (strcmp(type, "Transformer") != 0 && strcmp(type, "Normalize") != 0)
            reading_fails(r, file,
                          cs_printf(&r->m->arena, "The module %s is not supported.", type));
    }
    /* a folder within the model's, without a way out of it */
    if (root && (!pooling || !*pooling || *pooling == '/' || strstr(pooling, "..") ||
                 strlen(pooling) >= 100))
        reading_fails(r, file, "There is no module Pooling with a path.");
    if (!r->why)
        pooling_read(r, cs_printf(&r->m->arena, "%s/config.json", pooling));
    json_decref(root);
}

/* max_seq_length, within the positions of the encoder. */
static void length_read(struct reading *r)
{
    static const char file[] = "sentence_bert_config.json";
    json_t *root = reading_json(r, file, false);
    const json_t *most = json_object_get(root, "max_seq_length");
    struct model *m = r->m;

    if (json_is_integer(most) && json_integer_value(most) < 3)
        reading_fails(r, file, "The max_seq_length is less than 3.");
    if (m->encoder)
        m->pieces_max = encoder_positions(m->encoder);
    if (json_is_integer(most) && (size_t)json_integer_value(most) < m->pieces_max)
        m->pieces_max = (size_t)json_integer_value(most);
    json_decref(root);
}

/* ---- the model ---- */

static void tokenizer_read(struct reading *r)
{
    static const char file[] = "tokenizer.json";
    json_t *root = reading_json(r, file, true);
    const char *why = NULL;

    if (root)
        r->m->pieces = wordpiece_open(&r->m->arena, root, &why);
    if (why)
        reading_fails(r, file, why);
    json_decref(root);
}

static void weights_read(struct reading *r)
{
    static const char file[] = "model.safetensors";
    const char *why = NULL;
    size_t len;

    if (r->why)
        return;
    r->m->weights =
        safetensors_open(&r->m->arena, cs_printf(&r->m->arena, "%s/%s", r->folder, file), &why);
    if (why)
        reading_fails(r, file, why);
    if (r->m->weights) {
        const void *bytes = safetensors_bytes(r->m->weights, &len);
        cs_sha256_update(&r->digest, bytes, len);
    }
}

static void bert_read(struct reading *r, const json_t *config, const struct local_kernel *kernel)
{
    struct model *m = r->m;
    const char *why = NULL;
    int32_t first, last;

    modules_read(r);
    weights_read(r);
    if (r->why)
        return;
    m->encoder = encoder_open(&m->arena, config, m->weights, kernel, &why);
    if (why)
        reading_fails(r, "model.safetensors", why);
    else if (!wordpiece_ends(m->pieces, &first, &last))
        reading_fails(r, "tokenizer.json", "It has no post_processor.");
    else if ((size_t)wordpiece_limit(m->pieces) > encoder_vocabulary(m->encoder))
        reading_fails(r, "tokenizer.json",
                      "It has more pieces than the vocab_size of config.json.");
}

static void static_read(struct reading *r)
{
    struct model *m = r->m;
    const char *why = NULL;

    weights_read(r);
    if (r->why)
        return;
    m->table = table_open(&m->arena, m->weights, &why);
    m->pieces_max = TABLE_PIECES;
    if (why)
        reading_fails(r, "model.safetensors", why);
    else if ((size_t)wordpiece_limit(m->pieces) > table_vocabulary(m->table))
        reading_fails(r, "tokenizer.json", "It has more pieces than the model has vectors.");
}

/* A static model says so in config.json; without one, in modules.json. */
static bool reading_is_static(struct reading *r, const json_t *config)
{
    const char *type = json_string_value(json_object_get(config, "model_type"));
    json_t *modules = NULL;

    if (type && strcmp(type, "model2vec") == 0)
        return true;
    if (!config)
        modules = reading_json(r, "modules.json", false);
    bool is = strcmp(module_type(json_array_get(modules, 0)), "StaticEmbedding") == 0;
    json_decref(modules);
    return is;
}

static void model_read(struct reading *r, const struct local_kernel *kernel)
{
    json_t *config = reading_json(r, "config.json", false);

    tokenizer_read(r);
    if (reading_is_static(r, config))
        static_read(r);
    else if (config)
        bert_read(r, config, kernel);
    else
        reading_fails(r, "config.json", "It is missing.");
    json_decref(config);
    length_read(r);
    prefixes_read(r);
    cs_sha256_end(&r->digest, r->m->tag);
    r->m->tag[TAG_DIGITS] = '\0';
}

struct model *model_open(const char *folder, const struct local_kernel *kernel, struct cs_arena *a,
                         const char **ret_why)
{
    struct model *m = calloc(1, sizeof(*m));
    struct reading r = {.m = m, .folder = folder};

    if (!m)
        abort();
    cs_arena_init(&m->arena);
    cs_sha256_begin(&r.digest);
    model_read(&r, kernel);
    if (!r.why)
        return m;
    *ret_why = cs_strdup(a, r.why);
    model_close(m);
    return NULL;
}

void model_close(struct model *m)
{
    if (!m)
        return;
    safetensors_close(m->weights);
    cs_arena_dispose(&m->arena);
    free(m);
}

size_t model_dimensions(const struct model *m)
{
    return m->encoder ? encoder_dimensions(m->encoder) : table_dimensions(m->table);
}

size_t model_pieces_max(const struct model *m)
{
    return m->pieces_max;
}

const char *model_tag(const struct model *m)
{
    return m->tag;
}

int32_t *model_pieces(const struct model *m, struct cs_arena *a, const char *text, bool query,
                      size_t *ret_n, bool *ret_cut)
{
    const char *whole = cs_printf(a, "%s%s", query ? m->query_prefix : m->passage_prefix, text);
    size_t len = strlen(whole), room = len + 2 < m->pieces_max ? len + 2 : m->pieces_max, n = 0;
    int32_t *ids = CS_NEW(a, int32_t, room), first, last;
    bool ends = m->encoder && wordpiece_ends(m->pieces, &first, &last);

    if (ends)
        ids[n++] = first;
    n += wordpiece_encode(m->pieces, whole, len, ids + n, room - 2 * ends, ret_cut);
    if (ends)
        ids[n++] = last;
    if (m->table) { /* it has no meaning for what it does not know */
        size_t kept = 0;
        for (size_t i = 0; i < n; i++)
            if (ids[i] != wordpiece_unknown(m->pieces))
                ids[kept++] = ids[i];
        n = kept;
    }
    *ret_n = n;
    return ids;
}

struct model_scratch *model_scratch_new(const struct model *m, size_t pieces)
{
    struct model_scratch *s = calloc(1, sizeof(*s));

    if (!s)
        abort();
    if (m->encoder)
        s->encoder = encoder_scratch_new(m->encoder, pieces);
    return s;
}

void model_scratch_free(struct model_scratch *s)
{
    if (s)
        encoder_scratch_free(s->encoder);
    free(s);
}

void model_run(const struct model *m, struct model_scratch *s, const int32_t *ids, const size_t *at,
               size_t n, float *out)
{
    if (m->encoder)
        encoder_run(m->encoder, s->encoder, ids, at, n, m->pooling, out);
    for (size_t i = 0; m->table && i < n; i++)
        table_run(m->table, ids + at[i], at[i + 1] - at[i], out + i * table_dimensions(m->table));
}
