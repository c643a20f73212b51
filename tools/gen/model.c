/* The descriptor set as lists of messages, enums and services, each with its comment. */
#include "gen.h"

#include <stdlib.h>
#include <string.h>

/* field numbers of descriptor.proto, of which the paths of source info are made */
enum {
    FILE_MESSAGE = 4,
    FILE_ENUM = 5,
    FILE_SERVICE = 6,
    MESSAGE_FIELD = 2,
    MESSAGE_NESTED = 3,
    MESSAGE_ENUM = 4,
    ENUM_VALUE = 2,
    SERVICE_METHOD = 2,
};

const char *const gen_option_names[N_OPTIONS] = {
    "time", "secret", "required", "internal", "uuid",      "nullable",  "min_len", "max_len",
    "min",  "max",    "always",   "example",  "max_bytes", "not_blank", "pattern", "choice",
};

static void *list_grown(void *p, size_t n, size_t size)
{
    p = realloc(p, n * size);
    if (!p)
        abort();
    return p;
}

bool gen_is_ours(const Google__Protobuf__FileDescriptorProto *file)
{
    return file->package && strcmp(file->package, "chatsphere.v1") == 0;
}

const char *gen_comment(const Google__Protobuf__FileDescriptorProto *file, const int *path,
                        size_t n_path)
{
    const Google__Protobuf__SourceCodeInfo *info = file->source_code_info;

    for (size_t i = 0; info && i < info->n_location; i++) {
        const Google__Protobuf__SourceCodeInfo__Location *at = info->location[i];
        if (at->n_path == n_path && memcmp(at->path, path, n_path * sizeof(*path)) == 0)
            return at->leading_comments;
    }
    return NULL;
}

/* the comment of a part of the element at path */
static const char *part_comment(const Google__Protobuf__FileDescriptorProto *file, const int *path,
                                size_t n_path, int kind, int index)
{
    int part[MAX_PATH];

    memcpy(part, path, n_path * sizeof(*path));
    part[n_path] = kind;
    part[n_path + 1] = index;
    return gen_comment(file, part, n_path + 2);
}

const char *gen_field_comment(const struct gen_message *m, int index)
{
    return part_comment(m->file, m->path, m->n_path, MESSAGE_FIELD, index);
}

const char *gen_value_comment(const struct gen_enum *e, int index)
{
    return part_comment(e->file, e->path, e->n_path, ENUM_VALUE, index);
}

static void add_enum(struct gen_model *m, const struct gen_message *parent, const char *scope,
                     int field, int index, const Google__Protobuf__EnumDescriptorProto *d)
{
    m->enums = list_grown(m->enums, m->n_enums + 1, sizeof(*m->enums));
    struct gen_enum *e = &m->enums[m->n_enums++];
    *e = (struct gen_enum){.d = d, .file = parent->file, .n_path = parent->n_path};
    snprintf(e->full, sizeof(e->full), "%s%s", scope, d->name);
    memcpy(e->path, parent->path, sizeof(e->path));
    e->path[e->n_path++] = field;
    e->path[e->n_path++] = index;
}

static void add_message(struct gen_model *m, const struct gen_message *parent, const char *scope,
                        int field, int index, const Google__Protobuf__DescriptorProto *d)
{
    struct gen_message it = *parent;

    if (it.n_path + 4 > MAX_PATH)
        abort();
    snprintf(it.full, sizeof(it.full), "%s%s", scope, d->name);
    it.d = d;
    it.path[it.n_path++] = field;
    it.path[it.n_path++] = index;
    it.map_entry = d->options && d->options->map_entry;
    m->messages = list_grown(m->messages, m->n_messages + 1, sizeof(*m->messages));
    m->messages[m->n_messages++] = it;

    char inner[MAX_NAME + 1];
    snprintf(inner, sizeof(inner), "%s.", it.full);
    for (size_t i = 0; i < d->n_nested_type; i++)
        add_message(m, &it, inner, MESSAGE_NESTED, (int)i, d->nested_type[i]);
    for (size_t i = 0; i < d->n_enum_type; i++)
        add_enum(m, &it, inner, MESSAGE_ENUM, (int)i, d->enum_type[i]);
}

static void add_service(struct gen_model *m, const Google__Protobuf__FileDescriptorProto *file,
                        int index)
{
    const Google__Protobuf__ServiceDescriptorProto *s = file->service[index];

    m->services = list_grown(m->services, m->n_services + 1, sizeof(*m->services));
    m->services[m->n_services++] = (struct gen_service){
        .name = s->name, .comment = gen_comment(file, (int[]){FILE_SERVICE, index}, 2)};
    m->rpcs = list_grown(m->rpcs, m->n_rpcs + s->n_method, sizeof(*m->rpcs));
    for (size_t i = 0; i < s->n_method; i++) {
        int path[] = {FILE_SERVICE, index, SERVICE_METHOD, (int)i};
        m->rpcs[m->n_rpcs++] = (struct gen_rpc){
            .service = s->name,
            .file = file,
            .d = s->method[i],
            .comment = gen_comment(file, path, 4),
        };
    }
}

static void add_option(struct gen_model *m, const Google__Protobuf__FieldDescriptorProto *f)
{
    if (strcmp(f->extendee, ".google.protobuf.MethodOptions") == 0) {
        if (strcmp(f->name, "error") == 0)
            m->error_tag = (unsigned)f->number;
        if (strcmp(f->name, "read_only") == 0)
            m->read_only_tag = (unsigned)f->number;
        return;
    }
    for (int o = 0; o < N_OPTIONS; o++)
        if (strcmp(f->name, gen_option_names[o]) == 0)
            m->option_tags[o] = (unsigned)f->number;
}

static void add_file(struct gen_model *m, const Google__Protobuf__FileDescriptorProto *file)
{
    struct gen_message root = {.file = file};

    for (size_t i = 0; i < file->n_message_type; i++)
        add_message(m, &root, PACKAGE, FILE_MESSAGE, (int)i, file->message_type[i]);
    for (size_t i = 0; i < file->n_enum_type; i++)
        add_enum(m, &root, PACKAGE, FILE_ENUM, (int)i, file->enum_type[i]);
    for (size_t i = 0; i < file->n_service; i++)
        add_service(m, file, (int)i);
    for (size_t i = 0; i < file->n_extension; i++)
        add_option(m, file->extension[i]);
}

static int by_full(const void *a, const void *b)
{
    return strcmp(a, b); /* full is the first member of both */
}

bool gen_model_load(struct gen_model *m, const Google__Protobuf__FileDescriptorSet *set)
{
    *m = (struct gen_model){.set = set};
    for (size_t i = 0; i < set->n_file; i++)
        if (gen_is_ours(set->file[i]))
            add_file(m, set->file[i]);
    for (int o = 0; o < N_OPTIONS; o++)
        if (!m->option_tags[o]) {
            fprintf(stderr, "cs_gen: options.proto has no field option %s\n", gen_option_names[o]);
            return false;
        }
    if (!m->error_tag || !m->read_only_tag) {
        fputs("cs_gen: options.proto has no method option error or read_only\n", stderr);
        return false;
    }
    qsort(m->messages, m->n_messages, sizeof(*m->messages), by_full);
    qsort(m->enums, m->n_enums, sizeof(*m->enums), by_full);
    return true;
}

const struct gen_message *gen_find_message(const struct gen_model *m, const char *full)
{
    return bsearch(full, m->messages, m->n_messages, sizeof(*m->messages), by_full);
}

void gen_model_free(struct gen_model *m)
{
    free(m->messages);
    free(m->enums);
    free(m->rpcs);
    free(m->services);
}
