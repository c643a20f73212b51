/*
 * Any bytes as the weights of a model, and as its tokenizer with a text: never a crash, and no tensor outside the
 * file.
 */
#include "bound.h"
#include "embed/local/encoder.h"
#include "embed/local/kernel.h"
#include "embed/local/table.h"
#include "embed/local/wordpiece.h"
#include "pbjson/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_weights(struct cs_arena *a, const uint8_t *data, size_t size)
{
    static const char config[] = "{\"model_type\":\"bert\",\"hidden_size\":2,\"num_attention_"
                                 "heads\":1,\"intermediate_size\":2,"
                                 "\"num_hidden_layers\":1,\"max_position_embeddings\":2,\"vocab_"
                                 "size\":2,\"type_vocab_size\":1}";
    int fd = memfd_create("weights", 0);
    json_t *root = json_loads(config, 0, NULL);
    char path[64];
    const char *why = NULL;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct safetensors *s = safetensors_open(a, path, &why);
    if (!s && !why)
        abort();
    if (s) {
        (void)encoder_open(a, root, s, local_kernel_best(), &why);
        struct table *t = table_open(a, s, &why);
        float *out = t ? CS_NEW(a, float, table_dimensions(t)) : NULL;
        for (int32_t i = 0; t && i < 8 && (size_t)i < table_vocabulary(t); i++)
            table_run(t, &i, 1, out);
    }
    safetensors_close(s);
    json_decref(root);
    close(fd);
}

static void fuzz_pieces(struct cs_arena *a, const char *text, size_t size)
{
    json_t *root = pbjson_load(text, size, JSON_REJECT_DUPLICATES, 1 << 24, NULL, NULL);
    const char *why;
    struct wordpiece *w = root ? wordpiece_open(a, root, &why) : NULL;
    int32_t ids[64];
    bool cut;

    if (w && wordpiece_encode(w, text, size, ids, 64, &cut) > 64)
        abort();
    json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cs_arena a;

    cs_arena_init(&a);
    fuzz_weights(&a, data, size);
    bound_check(&a, size);
    cs_arena_reset(&a);
    fuzz_pieces(&a, (const char *)data, size);
    bound_check(&a, size);
    cs_arena_dispose(&a);
    return 0;
}
