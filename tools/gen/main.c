/* Reads a descriptor set and writes names.h and contract.c. */
#include "gen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SET = 16 * 1024 * 1024 };

static int file_failed(const char *path)
{
    fprintf(stderr, "cs_gen: %s: %s\n", path, strerror(errno));
    return EXIT_FAILURE;
}

static Google__Protobuf__FileDescriptorSet *set_load(const char *path)
{
    Google__Protobuf__FileDescriptorSet *set = NULL;
    FILE *f = fopen(path, "rb");
    unsigned char *bytes = malloc(MAX_SET);

    if (f && bytes) {
        size_t n = fread(bytes, 1, MAX_SET, f);
        set = google__protobuf__file_descriptor_set__unpack(NULL, n, bytes);
        if (!set)
            errno = EBADMSG;
    }
    free(bytes);
    if (f)
        fclose(f);
    return set;
}

static int write_file(const struct gen_model *m, const char *path,
                      void (*emit)(const struct gen_model *, FILE *))
{
    FILE *out = fopen(path, "w");

    if (out)
        emit(m, out);
    return out && fclose(out) == 0 ? EXIT_SUCCESS : file_failed(path);
}

/* chatsphere/v1/auth.proto becomes <folder>/chatsphere/v1/auth.rpc.h */
static int write_methods(const struct gen_model *m, const char *folder)
{
    int status = EXIT_SUCCESS;

    for (size_t i = 0; i < m->set->n_file && status == EXIT_SUCCESS; i++) {
        const Google__Protobuf__FileDescriptorProto *f = m->set->file[i];
        char path[MAX_NAME * 4];

        if (!gen_is_ours(f) || !f->n_service)
            continue;
        snprintf(path, sizeof(path), "%s/%.*s.rpc.h", folder, (int)strcspn(f->name, "."), f->name);
        FILE *out = fopen(path, "w");
        if (out)
            gen_methods(m, out, f);
        status = out && fclose(out) == 0 ? EXIT_SUCCESS : file_failed(path);
    }
    return status;
}

int main(int argc, char **argv)
{
    const char *what = argc == 4 ? argv[1] : "";
    bool known = strcmp(what, "--names") == 0 || strcmp(what, "--methods") == 0;
    Google__Protobuf__FileDescriptorSet *set;
    struct gen_model m;
    int status = EXIT_FAILURE;

    if (argc != 3 && !known) {
        fputs("usage: cs_gen [--names | --methods] <set.bin> <out>\n", stderr);
        return EXIT_FAILURE;
    }
    set = set_load(argv[argc - 2]);
    if (!set)
        return file_failed(argv[argc - 2]);
    if (gen_model_load(&m, set) && gen_undescribed(&m) == 0)
        status = strcmp(what, "--methods") == 0 ? write_methods(&m, argv[argc - 1])
                 : strcmp(what, "--names") == 0 ? write_file(&m, argv[argc - 1], gen_names)
                                                : write_file(&m, argv[argc - 1], gen_contract);
    gen_model_free(&m);
    google__protobuf__file_descriptor_set__free_unpacked(set, NULL);
    return status;
}
