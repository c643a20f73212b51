/* First byte: the method; the rest: the path. What matches has decoded, bounded parameters. */
#include "bound.h"

#include "edge/routes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct route_match m;
    char allow[ROUTE_ALLOW_SIZE];
    struct cs_arena a;

    if (size == 0)
        return 0;
    cs_arena_init(&a);
    const char *path = cs_strndup(&a, (const char *)data + 1, size - 1);
    route_find((enum http_method)(data[0] % (HTTP_OTHER + 1)), path, &m);
    route_allow(m.methods, allow);
    if (m.route && !m.methods)
        abort();
    for (int i = 0; i < m.n_params; i++) {
        const struct route_param *p = &m.params[i];
        if (!*p->name || !*p->value || strlen(p->value) > ROUTE_PARAM_MAX)
            abort();
    }
    bound_check(&a, size);
    cs_arena_dispose(&a);
    return 0;
}
