#pragma once
/*
 * tiny_model: the folder of a model of 32 dimensions whose weights come from a fixed sequence of numbers,
 * as tests/data/model/golden.py makes them. A test writes it, changes a file, and opens it.
 */
#include "base/buf.h"
#include "base/file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { TINY_HIDDEN = 32, TINY_INNER = 64, TINY_LAYERS = 2, TINY_PIECES = 64, TINY_POSITIONS = 32 };

#define TINY_CONFIG                                                                                \
    "{\"model_type\":\"bert\",\"hidden_act\":\"gelu\",\"hidden_size\":32,"                         \
    "\"num_attention_heads\":4,\"intermediate_size\":64,\"num_hidden_layers\":2,"                  \
    "\"max_position_embeddings\":32,\"vocab_size\":64,\"type_vocab_size\":2,"                      \
    "\"layer_norm_eps\":1e-12}"
#define TINY_MODULES                                                                               \
    "[{\"path\":\"\",\"type\":\"sentence_transformers.models.Transformer\"},"                      \
    "{\"path\":\"1_Pooling\",\"type\":\"sentence_transformers.models.Pooling\"}]"
#define TINY_MEAN "{\"pooling_mode_cls_token\":false,\"pooling_mode_mean_tokens\":true}"
#define TINY_CLS "{\"pooling_mode_cls_token\":true,\"pooling_mode_mean_tokens\":false}"

/* ---- weights ---- */

struct tiny_weights {
    struct cs_buf header, data;
    uint32_t state;
};

static inline float tiny_number(struct tiny_weights *w)
{
    w->state = w->state * 1664525U + 1013904223U;
    return (float)(w->state >> 16) / 65536 - 0.5F;
}

/* A tensor of rows x columns numbers, or of columns numbers when rows is 0, each plus `more`. */
static inline void tiny_tensor(struct tiny_weights *w, const char *name, int rows, int columns,
                               float more)
{
    size_t from = w->data.len;

    for (int i = 0; i < (rows ? rows : 1) * columns; i++) {
        float f = tiny_number(w) + more;
        cs_buf_add(&w->data, &f, sizeof(f));
    }
    cs_buf_addf(&w->header, "%c\"%s\":{\"dtype\":\"F32\",\"shape\":[", w->header.len ? ',' : '{',
                name);
    if (rows)
        cs_buf_addf(&w->header, "%d,", rows);
    cs_buf_addf(&w->header, "%d],\"data_offsets\":[%zu,%zu]}", columns, from, w->data.len);
}

static inline void tiny_norm(struct tiny_weights *w, const char *name)
{
    char full[192];

    snprintf(full, sizeof(full), "%s.weight", name);
    tiny_tensor(w, full, 0, TINY_HIDDEN, 1);
    snprintf(full, sizeof(full), "%s.bias", name);
    tiny_tensor(w, full, 0, TINY_HIDDEN, 0);
}

static inline void tiny_linear(struct tiny_weights *w, int layer, const char *name, int out, int in)
{
    char full[192];

    snprintf(full, sizeof(full), "encoder.layer.%d.%s.weight", layer, name);
    tiny_tensor(w, full, out, in, 0);
    snprintf(full, sizeof(full), "encoder.layer.%d.%s.bias", layer, name);
    tiny_tensor(w, full, 0, out, 0);
}

static inline void tiny_layer(struct tiny_weights *w, int layer)
{
    static const char *const attention[] = {"attention.self.query", "attention.self.key",
                                            "attention.self.value", "attention.output.dense"};
    char name[128];

    for (int i = 0; i < 4; i++)
        tiny_linear(w, layer, attention[i], TINY_HIDDEN, TINY_HIDDEN);
    snprintf(name, sizeof(name), "encoder.layer.%d.attention.output.LayerNorm", layer);
    tiny_norm(w, name);
    tiny_linear(w, layer, "intermediate.dense", TINY_INNER, TINY_HIDDEN);
    tiny_linear(w, layer, "output.dense", TINY_HIDDEN, TINY_INNER);
    snprintf(name, sizeof(name), "encoder.layer.%d.output.LayerNorm", layer);
    tiny_norm(w, name);
}

/* ---- the folder ---- */

static inline void tiny_file(const char *folder, const char *name, const void *data, size_t len)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (cs_file_write(path, data, len, 0600) < 0)
        abort();
}

static inline void tiny_text(const char *folder, const char *name, const char *text)
{
    tiny_file(folder, name, text, strlen(text));
}

/* A safetensors file from a header in JSON and data. */
static inline void tiny_safetensors(const char *folder, const char *header, const void *data,
                                    size_t len)
{
    struct cs_buf file = {0};
    uint64_t n = strlen(header);

    cs_buf_add(&file, &n, sizeof(n));
    cs_buf_adds(&file, header);
    cs_buf_add(&file, data, len);
    tiny_file(folder, "model.safetensors", file.data, file.len);
    cs_buf_free(&file);
}

static inline void tiny_weights(const char *folder)
{
    struct tiny_weights w = {.state = 1};

    tiny_tensor(&w, "embeddings.word_embeddings.weight", TINY_PIECES, TINY_HIDDEN, 0);
    tiny_tensor(&w, "embeddings.position_embeddings.weight", TINY_POSITIONS, TINY_HIDDEN, 0);
    tiny_tensor(&w, "embeddings.token_type_embeddings.weight", 2, TINY_HIDDEN, 0);
    tiny_norm(&w, "embeddings.LayerNorm");
    for (int i = 0; i < TINY_LAYERS; i++)
        tiny_layer(&w, i);
    cs_buf_adds(&w.header, "}   "); /* numbers at a multiple of four, as writers do it */
    while (w.header.len % 4)
        cs_buf_adds(&w.header, " ");
    tiny_safetensors(folder, w.header.data, w.data.data, w.data.len);
    cs_buf_free(&w.header);
    cs_buf_free(&w.data);
}

/* Pieces [PAD] [UNK] [CLS] [SEP], then p4 to p63. */
static inline void tiny_tokenizer(const char *folder)
{
    struct cs_buf b = {0};

    cs_buf_adds(&b, "{\"normalizer\":{\"type\":\"BertNormalizer\"},\"pre_tokenizer\":{\"type\":"
                    "\"BertPreTokenizer\"},\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":"
                    "[\"[SEP]\",3],\"cls\":[\"[CLS]\",2]},\"model\":{\"type\":\"WordPiece\","
                    "\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##\",\"vocab\":{"
                    "\"[PAD]\":0,\"[UNK]\":1,\"[CLS]\":2,\"[SEP]\":3");
    for (int i = 4; i < TINY_PIECES; i++)
        cs_buf_addf(&b, ",\"p%d\":%d", i, i);
    cs_buf_adds(&b, "}}}");
    tiny_file(folder, "tokenizer.json", b.data, b.len);
    cs_buf_free(&b);
}

static inline void tiny_model(const char *folder)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/1_Pooling", folder);
    if (cs_folder_make(path, 0700) < 0)
        abort();
    tiny_text(folder, "config.json", TINY_CONFIG);
    tiny_text(folder, "modules.json", TINY_MODULES);
    tiny_text(folder, "1_Pooling/config.json", TINY_MEAN);
    tiny_tokenizer(folder);
    tiny_weights(folder);
}
