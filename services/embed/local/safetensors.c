/* A header in JSON, each of whose tensors is checked against the file and against the others. */
#include "embed/local/safetensors.h"

#include "pbjson/json.h"
#include "provider/half.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are read as they are stored");

enum { HEADER_MAX = 1 << 20, TREE_MAX = 16 << 20, TENSORS_MAX = 10000 };
static const size_t FILE_MAX = (size_t)2 << 30;

struct safetensors {
    const unsigned char *file;
    size_t len;
    struct tensor *tensors; /* by offset */
    size_t n;
};

/* bytes of a number; 0: no type that we know */
static size_t type_size(const char *type)
{
    static const struct {
        const char *type;
        size_t size;
    } sizes[] = {{"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I64", 8},
                 {"I32", 4}, {"I16", 2}, {"I8", 1},  {"U64", 8},  {"U32", 4},
                 {"U16", 2}, {"U8", 1},  {"BOOL", 1}};

    for (size_t i = 0; type && i < sizeof(sizes) / sizeof(sizes[0]); i++)
        if (strcmp(sizes[i].type, type) == 0)
            return sizes[i].size;
    return 0;
}

/* A whole number of at most `most`; false when it is none. */
static bool size_read(const json_t *v, size_t most, size_t *ret)
{
    if (!json_is_integer(v) || json_integer_value(v) < 0 || (uint64_t)json_integer_value(v) > most)
        return false;
    *ret = (size_t)json_integer_value(v);
    return true;
}

/* NULL, or what is wrong with the tensor. */
static const char *tensor_read(struct cs_arena *a, const char *name, const json_t *o,
                               const unsigned char *data, size_t len, struct tensor *t)
{
    const json_t *shape = json_object_get(o, "shape"), *at = json_object_get(o, "data_offsets");
    size_t begin, end;

    *t = (struct tensor){.name = cs_strdup(a, name),
                         .type = cs_strdup(a, json_string_value(json_object_get(o, "dtype"))),
                         .rank = json_array_size(shape)};
    size_t bytes = type_size(t->type);
    if (!bytes)
        return "has an unknown dtype";
    if (!json_is_array(shape) || t->rank > TENSOR_RANK_MAX)
        return "has no shape of at most 4 dimensions";
    for (size_t i = 0; i < t->rank; i++)
        if (!size_read(json_array_get(shape, i), FILE_MAX, &t->shape[i]) ||
            __builtin_mul_overflow(bytes, t->shape[i], &bytes))
            return "has a shape that is too large";
    if (json_array_size(at) != 2 || !size_read(json_array_get(at, 0), len, &begin) ||
        !size_read(json_array_get(at, 1), len, &end) || begin > end)
        return "has data_offsets outside the file";
    if (end - begin != bytes)
        return "has data_offsets that do not fit its shape";
    t->data = data + begin;
    t->bytes = bytes;
    return NULL;
}

static int tensor_by_offset(const void *a, const void *b)
{
    const struct tensor *x = a, *y = b;

    if (x->data != y->data)
        return x->data < y->data ? -1 : 1;
    return x->bytes < y->bytes ? -1 : x->bytes > y->bytes;
}

static const char *header_read(struct cs_arena *a, struct safetensors *s, json_t *root,
                               size_t header)
{
    const unsigned char *data = s->file + 8 + header;
    const char *name;
    json_t *o;

    if (!json_is_object(root) || json_object_size(root) > TENSORS_MAX)
        return "Its header is no JSON object of at most 10,000 tensors.";
    s->tensors = CS_NEW(a, struct tensor, json_object_size(root) + 1);
    json_object_foreach(root, name, o) {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        const char *wrong = tensor_read(a, name, o, data, s->len - 8 - header, &s->tensors[s->n++]);
        if (wrong)
            return cs_printf(a, "The tensor %s %s.", name, wrong);
    }
    qsort(s->tensors, s->n, sizeof(*s->tensors), tensor_by_offset);
    for (size_t i = 1; i < s->n; i++)
        if (s->tensors[i - 1].data + s->tensors[i - 1].bytes > s->tensors[i].data)
            return cs_printf(a, "The tensors %s and %s overlap.", s->tensors[i - 1].name,
                             s->tensors[i].name);
    return NULL;
}

/* Maps the file; NULL, or why not. */
static const char *file_map(struct cs_arena *a, const char *path, struct safetensors *s)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return cs_printf(a, "It cannot be read: %s.", strerror(errno));
    bool fits = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 8 &&
                (size_t)st.st_size <= FILE_MAX;
    void *p = fits ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    close(fd);
    if (!fits)
        return "It is no file of 8 bytes to 2 GiB.";
    if (p == MAP_FAILED)
        return cs_printf(a, "It cannot be mapped: %s.", strerror(errno));
    s->file = p;
    s->len = (size_t)st.st_size;
    return NULL;
}

struct safetensors *safetensors_open(struct cs_arena *a, const char *path, const char **ret_why)
{
    struct safetensors *s = CS_NEW(a, struct safetensors, 1);
    uint64_t header;

    if ((*ret_why = file_map(a, path, s)))
        return NULL;
    memcpy(&header, s->file, sizeof(header));
    if (header > HEADER_MAX || header > s->len - 8) {
        *ret_why = "Its header is longer than 1 MiB or than the file.";
    } else {
        json_t *root = pbjson_load((const char *)s->file + 8, header, JSON_REJECT_DUPLICATES,
                                   TREE_MAX, NULL, NULL);
        *ret_why = header_read(a, s, root, header);
        json_decref(root);
    }
    if (!*ret_why)
        return s;
    safetensors_close(s);
    return NULL;
}

void safetensors_close(struct safetensors *s)
{
    if (s)
        munmap((void *)(uintptr_t)s->file, s->len);
}

const struct tensor *safetensors_find(const struct safetensors *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->tensors[i].name, name) == 0)
            return &s->tensors[i];
    return NULL;
}

const void *safetensors_bytes(const struct safetensors *s, size_t *ret_len)
{
    *ret_len = s->len;
    return s->file;
}

const float *tensor_floats(struct cs_arena *a, const struct tensor *t)
{
    size_t size = type_size(t->type);
    bool half = strcmp(t->type, "F16") == 0, brain = strcmp(t->type, "BF16") == 0;

    if (strcmp(t->type, "F32") == 0 && (uintptr_t)t->data % sizeof(float) == 0)
        return (const float *)(const void *)t->data;
    if (!size || (!half && !brain && strcmp(t->type, "F32") != 0 && strcmp(t->type, "I8") != 0))
        return NULL;
    size_t n = t->bytes / size;
    float *f = CS_NEW(a, float, n + 1);
    for (size_t i = 0; i < n; i++) {
        const unsigned char *p = t->data + i * size;
        uint32_t u = brain ? (uint32_t)(p[0] | p[1] << 8) << 16 : 0;
        if (half)
            f[i] = cs_half_float((uint16_t)(p[0] | p[1] << 8));
        else if (size == 1)
            f[i] = (float)(signed char)*p;
        else
            memcpy(&f[i], brain ? (const void *)&u : p, sizeof(float));
    }
    return f;
}
