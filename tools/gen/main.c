#include "gen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SET = 16 * 1024 * 1024 };

static int failed(const char *path)
{
    fprintf(stderr, "cs_gen: %s: %s\n", path, strerror(errno));
    return EXIT_FAILURE;
}

static Google__Protobuf__FileDescriptorSet *load(const char *path)
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

static int generate(const Google__Protobuf__FileDescriptorSet *set, const char *path,
                    void (*emit)(const struct gen_model *, FILE *))
{
    struct gen_model m;
    int status = EXIT_FAILURE;

    if (gen_model_load(&m, set) && gen_undescribed(&m) == 0) {
        FILE *out = fopen(path, "w");
        if (out)
            emit(&m, out);
        status = out && fclose(out) == 0 ? EXIT_SUCCESS : failed(path);
    }
    gen_model_free(&m);
    return status;
}

int main(int argc, char **argv)
{
    bool names = argc == 4 && strcmp(argv[1], "--names") == 0;
    Google__Protobuf__FileDescriptorSet *set;
    int status;

    if (argc != 3 && !names) {
        fputs("usage: cs_gen [--names] <set.bin> <out>\n", stderr);
        return EXIT_FAILURE;
    }
    set = load(argv[argc - 2]);
    if (!set)
        return failed(argv[argc - 2]);
    status = generate(set, argv[argc - 1], names ? gen_names : gen_contract);
    google__protobuf__file_descriptor_set__free_unpacked(set, NULL);
    return status;
}
