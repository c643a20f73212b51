/* The frames that a child writes, of any bytes: what is read is well formed, whoever wrote it. */
#include "bound.h"

#include "../support/whole.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cs_arena a;
    struct chunk *k;
    int fd = memfd_create("frames", 0);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    cs_arena_init(&a);
    struct blocks x = blocks_in(&a, fd);
    bound_check(&a, size);
    if (x.n != (size_t)-1)
        chunks_of(&a, &x, chunk_sizes(200, 20), &k);
    cs_arena_dispose(&a);
    close(fd);
    return 0;
}
