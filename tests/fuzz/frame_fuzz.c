/*
 * Any bytes as a frame from the bus, and as a stored turn: what the edge writes of it is whole
 * events, each of three lines, whose data is JSON.
 */
#include "bound.h"

#include "edge/sse.h"
#include "edge/told.h"
#include "pbjson/pbjson.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct told {
    struct cs_buf *out;
    struct cs_arena *a;
};

static bool told_add(void *user, const Frame *f)
{
    struct told *t = user;

    sse_frame(t->out, t->a, f, "the-request");
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* the rest behind a line that begins so; what is between goes to ret_* */
static const char *line(const char *at, const char *begin, const char **ret, size_t *ret_len)
{
    const char *end = strchr(at, '\n');

    if (!end || strncmp(at, begin, strlen(begin)) != 0)
        abort();
    *ret = at + strlen(begin);
    *ret_len = (size_t)(end - *ret);
    return end + 1;
}

static int count_events(const char *at)
{
    const char *value;
    size_t len;
    int n = 0;

    for (; *at; n++) {
        at = line(at, "id: ", &value, &len);
        at = line(at, "event: ", &value, &len);
        at = line(at, "data: ", &value, &len);
        json_t *v = json_loadb(value, len, 0, NULL);
        if (!v || *at++ != '\n')
            abort();
        json_decref(v);
    }
    return n;
}

struct told {
    struct cs_buf *out;
    struct cs_arena *a;
};

static bool told_add(void *user, const Frame *f)
{
    struct told *t = user;

    sse_frame(t->out, t->a, f, "the-request");
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cs_buf out = {0};
    struct cs_arena a;

    cs_arena_init(&a);
    const Frame *f =
        (const Frame *)pbjson_unpack(&a, &chatsphere__v1__frame__descriptor, data, size);
    if (f && sse_frame(&out, &a, f, "the-request") && count_events(out.data) != 1)
        abort();
    out.len = 0;
    const Turn *t = (const Turn *)pbjson_unpack(&a, &chatsphere__v1__turn__descriptor, data, size);
    if (t) {
        told_turn(&a, t, told_add, &(struct told){&out, &a});
        if (count_events(out.data) < 2)
            abort();
    }
    cs_buf_free(&out);
    bound_check(&a, size);
    cs_arena_dispose(&a);
    return 0;
}
