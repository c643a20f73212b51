/* Embeddings, layers of attention and two products, and pooling; the loops are in kernel_body.h. */
#include "embed/local/encoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct product_weights {
    const float *packed, *bias;
    size_t in, out;
};

struct norm_weights {
    const float *gain, *shift;
};

struct layer {
    struct product_weights attend, attended, inner, outer; /* attend: query, key, value */
    struct norm_weights after_attention, after;
};

struct encoder {
    const struct local_kernel *kernel;
    size_t width, heads, inner, positions, vocabulary, n_layers;
    float epsilon;
    const float *words, *places, *type;
    struct norm_weights first;
    struct layer layers[ENCODER_LAYERS_MAX];
};

/* ---- weights ---- */

struct opening {
    struct cs_arena *a;
    const struct safetensors *s;
    struct encoder *e;
    const char *prefix; /* of all names: "" or "bert." */
    const char *why;    /* the first thing that is wrong */
};

/* The floats of a tensor with rows x columns numbers (rows 0: a list of columns); NULL and why. */
static const float *weights_find(struct opening *o, const char *name, size_t rows, size_t columns)
{
    const struct tensor *t = safetensors_find(o->s, cs_printf(o->a, "%s%s", o->prefix, name));
    const float *f = t ? tensor_floats(o->a, t) : NULL;

    if (!t)
        o->why = o->why ? o->why : cs_printf(o->a, "The tensor %s%s is missing.", o->prefix, name);
    else if (!f)
        o->why =
            o->why ? o->why : cs_printf(o->a, "The tensor %s has the dtype %s.", name, t->type);
    else if (t->rank != (rows ? 2u : 1u) || t->shape[t->rank - 1] != columns ||
             (rows && t->shape[0] != rows))
        o->why = o->why ? o->why
                        : cs_printf(o->a, "The tensor %s has another shape than config.json says.",
                                    name);
    else
        return f;
    return NULL;
}

static struct norm_weights norm_read(struct opening *o, const char *name)
{
    return (struct norm_weights){
        weights_find(o, cs_printf(o->a, "%s.weight", name), 0, o->e->width),
        weights_find(o, cs_printf(o->a, "%s.bias", name), 0, o->e->width)};
}

/* n products of the same input, side by side. */
static struct product_weights product_read(struct opening *o, const char *const *names, size_t n,
                                           size_t in, size_t out)
{
    const struct local_kernel *kernel = o->e->kernel;
    float *w = CS_NEW(o->a, float, n *in *out), *bias = CS_NEW(o->a, float, n *out);
    float *packed = CS_NEW(o->a, float, local_packed(kernel, n * out, in) + 16);

    packed = (float *)(((uintptr_t)packed + 63) & ~(uintptr_t)63);
    for (size_t i = 0; i < n; i++) {
        const float *wi = weights_find(o, cs_printf(o->a, "%s.weight", names[i]), out, in);
        const float *bi = weights_find(o, cs_printf(o->a, "%s.bias", names[i]), 0, out);
        if (!wi || !bi)
            return (struct product_weights){0};
        memcpy(w + i * in * out, wi, in * out * sizeof(float));
        memcpy(bias + i * out, bi, out * sizeof(float));
    }
    local_pack(kernel, n * out, in, w, in, 1, packed);
    return (struct product_weights){packed, bias, in, n * out};
}

static void layer_read(struct opening *o, size_t i, struct layer *l)
{
    const char *at = cs_printf(o->a, "encoder.layer.%zu", i);
    const char *attend[] = {cs_printf(o->a, "%s.attention.self.query", at),
                            cs_printf(o->a, "%s.attention.self.key", at),
                            cs_printf(o->a, "%s.attention.self.value", at)};
    const char *attended[] = {cs_printf(o->a, "%s.attention.output.dense", at)};
    const char *inner[] = {cs_printf(o->a, "%s.intermediate.dense", at)};
    const char *outer[] = {cs_printf(o->a, "%s.output.dense", at)};
    size_t width = o->e->width;

    l->attend = product_read(o, attend, 3, width, width);
    l->attended = product_read(o, attended, 1, width, width);
    l->inner = product_read(o, inner, 1, width, o->e->inner);
    l->outer = product_read(o, outer, 1, o->e->inner, width);
    l->after_attention = norm_read(o, cs_printf(o->a, "%s.attention.output.LayerNorm", at));
    l->after = norm_read(o, cs_printf(o->a, "%s.output.LayerNorm", at));
}

/* ---- configuration ---- */

/* A whole number of config.json from 1 to most; 0 and why. */
static size_t config_size(struct opening *o, const json_t *config, const char *name, size_t most)
{
    const json_t *v = json_object_get(config, name);

    if (json_is_integer(v) && json_integer_value(v) > 0 && (size_t)json_integer_value(v) <= most)
        return (size_t)json_integer_value(v);
    o->why = o->why ? o->why : cs_printf(o->a, "config.json has no %s from 1 to %zu.", name, most);
    return 0;
}

/* What config.json must say, where it says anything. */
static void config_check(struct opening *o, const json_t *config)
{
    static const struct {
        const char *name, *want;
    } words[] = {
        {"model_type", "bert"}, {"hidden_act", "gelu"}, {"position_embedding_type", "absolute"}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && !o->why; i++) {
        const char *is = json_string_value(json_object_get(config, words[i].name));
        if (is ? strcmp(is, words[i].want) != 0 : i == 0)
            o->why = cs_printf(o->a, "The %s of config.json is %s; only %s is supported.",
                               words[i].name, is ? is : "missing", words[i].want);
    }
}

static void config_read(struct opening *o, const json_t *config)
{
    struct encoder *e = o->e;
    const json_t *epsilon = json_object_get(config, "layer_norm_eps");

    config_check(o, config);
    e->width = config_size(o, config, "hidden_size", ENCODER_WIDTH_MAX);
    e->heads = config_size(o, config, "num_attention_heads", ENCODER_WIDTH_MAX);
    e->inner = config_size(o, config, "intermediate_size", 4 * ENCODER_WIDTH_MAX);
    e->positions = config_size(o, config, "max_position_embeddings", ENCODER_POSITIONS_MAX);
    e->vocabulary = config_size(o, config, "vocab_size", 1000000);
    e->n_layers = config_size(o, config, "num_hidden_layers", ENCODER_LAYERS_MAX);
    e->epsilon = json_is_number(epsilon) ? (float)json_number_value(epsilon) : 1e-12F;
    if (!o->why && e->width % e->heads)
        o->why = "The hidden_size of config.json is no multiple of num_attention_heads.";
}

struct encoder *encoder_open(struct cs_arena *a, const json_t *config, const struct safetensors *s,
                             const struct local_kernel *kernel, const char **ret_why)
{
    struct encoder *e = CS_NEW(a, struct encoder, 1);
    struct opening o = {.a = a, .s = s, .e = e, .prefix = ""};

    e->kernel = kernel;
    config_read(&o, config);
    if (safetensors_find(s, "bert.embeddings.word_embeddings.weight"))
        o.prefix = "bert.";
    if (!o.why) {
        e->words = weights_find(&o, "embeddings.word_embeddings.weight", e->vocabulary, e->width);
        e->places =
            weights_find(&o, "embeddings.position_embeddings.weight", e->positions, e->width);
        e->type = weights_find(&o, "embeddings.token_type_embeddings.weight",
                               config_size(&o, config, "type_vocab_size", 16), e->width);
        e->first = norm_read(&o, "embeddings.LayerNorm");
    }
    for (size_t i = 0; i < e->n_layers && !o.why; i++)
        layer_read(&o, i, &e->layers[i]);
    *ret_why = o.why;
    return o.why ? NULL : e;
}

size_t encoder_dimensions(const struct encoder *e)
{
    return e->width;
}

size_t encoder_positions(const struct encoder *e)
{
    return e->positions;
}

size_t encoder_vocabulary(const struct encoder *e)
{
    return e->vocabulary;
}

/* ---- scratch ---- */

struct encoder_scratch {
    size_t pieces;
    float *x, *attend, *attended, *inner; /* a row for each piece */
    float *scores, *keys, *values;        /* of one head of one text; keys and values packed */
};

static float *floats_new(size_t n)
{
    float *f = aligned_alloc(64, (n * sizeof(float) + 63) / 64 * 64);

    if (!f)
        abort();
    return f;
}

struct encoder_scratch *encoder_scratch_new(const struct encoder *e, size_t pieces)
{
    struct encoder_scratch *s = calloc(1, sizeof(*s));
    size_t longest = pieces < e->positions ? pieces : e->positions, head = e->width / e->heads;

    if (!s)
        abort();
    s->pieces = pieces;
    s->x = floats_new(pieces * e->width);
    s->attend = floats_new(pieces * 3 * e->width);
    s->attended = floats_new(pieces * e->width);
    s->inner = floats_new(pieces * e->inner);
    s->scores = floats_new(longest * longest);
    s->keys = floats_new(local_packed(e->kernel, longest, head));
    s->values = floats_new(local_packed(e->kernel, head, longest));
    return s;
}

void encoder_scratch_free(struct encoder_scratch *s)
{
    if (!s)
        return;
    free(s->x);
    free(s->attend);
    free(s->attended);
    free(s->inner);
    free(s->scores);
    free(s->keys);
    free(s->values);
    free(s);
}

/* ---- the forward pass ---- */

static void run_product(const struct encoder *e, const struct product_weights *w, size_t m,
                        const float *x, float *y)
{
    const struct local_product p = {.m = m,
                                    .n = w->out,
                                    .k = w->in,
                                    .a = x,
                                    .a_step = w->in,
                                    .packed = w->packed,
                                    .bias = w->bias,
                                    .c = y,
                                    .c_step = w->out};

    e->kernel->product(&p);
}

static void run_norm(const struct encoder *e, const struct norm_weights *w, size_t m, float *x,
                     const float *y)
{
    for (size_t i = 0; i < m; i++)
        e->kernel->norm(x + i * e->width, y ? y + i * e->width : NULL, w->gain, w->shift, e->width,
                        e->epsilon);
}

static void run_embeddings(const struct encoder *e, const int32_t *ids, const size_t *at, size_t n,
                           float *x)
{
    for (size_t text = 0; text < n; text++)
        for (size_t i = at[text]; i < at[text + 1]; i++) {
            const float *word = e->words + (size_t)ids[i] * e->width;
            const float *place = e->places + (i - at[text]) * e->width;
            for (size_t k = 0; k < e->width; k++)
                x[i * e->width + k] = word[k] + place[k] + e->type[k];
        }
}

/* One head of one text of m pieces: the values, weighed by how well the keys fit the queries. */
static void run_head(const struct encoder *e, struct encoder_scratch *s, const float *query,
                     size_t m, float *out)
{
    size_t step = 3 * e->width, head = e->width / e->heads;
    struct local_product p = {.m = m,
                              .n = m,
                              .k = head,
                              .a = query,
                              .a_step = step,
                              .packed = s->keys,
                              .c = s->scores,
                              .c_step = m};

    local_pack(e->kernel, m, head, query + e->width, step, 1, s->keys);
    e->kernel->product(&p);
    for (size_t i = 0; i < m; i++)
        e->kernel->softmax(s->scores + i * m, m, 1 / sqrtf((float)head));
    local_pack(e->kernel, head, m, query + 2 * e->width, 1, step, s->values);
    p = (struct local_product){.m = m,
                               .n = head,
                               .k = m,
                               .a = s->scores,
                               .a_step = m,
                               .packed = s->values,
                               .c = out,
                               .c_step = e->width};
    e->kernel->product(&p);
}

static void run_layer(const struct encoder *e, struct encoder_scratch *s, const struct layer *l,
                      const size_t *at, size_t n)
{
    size_t m = at[n], head = e->width / e->heads;

    run_product(e, &l->attend, m, s->x, s->attend);
    for (size_t text = 0; text < n; text++)
        for (size_t h = 0; h < e->heads; h++)
            run_head(e, s, s->attend + at[text] * 3 * e->width + h * head, at[text + 1] - at[text],
                     s->attended + at[text] * e->width + h * head);
    run_product(e, &l->attended, m, s->attended, s->attend);
    run_norm(e, &l->after_attention, m, s->x, s->attend);
    run_product(e, &l->inner, m, s->x, s->inner);
    e->kernel->gelu(s->inner, m * e->inner);
    run_product(e, &l->outer, m, s->inner, s->attended);
    run_norm(e, &l->after, m, s->x, s->attended);
}

void encoder_run(const struct encoder *e, struct encoder_scratch *s, const int32_t *ids,
                 const size_t *at, size_t n, enum pooling pooling, float *out)
{
    run_embeddings(e, ids, at, n, s->x);
    run_norm(e, &e->first, at[n], s->x, NULL);
    for (size_t i = 0; i < e->n_layers; i++)
        run_layer(e, s, &e->layers[i], at, n);
    for (size_t i = 0; i < n; i++, out += e->width) {
        memcpy(out, s->x + at[i] * e->width, e->width * sizeof(float));
        for (size_t j = at[i] + 1; j < at[i + 1] && pooling == POOLING_MEAN; j++)
            for (size_t k = 0; k < e->width; k++)
                out[k] += s->x[j * e->width + k];
    }
}
