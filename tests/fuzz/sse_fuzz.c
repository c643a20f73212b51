/* sse_parse: any bytes, cut anywhere: no crash, the limit holds, the cut does not matter. */
#include "http/sse_parse.h"

#include <stdint.h>

enum { LIMIT = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(void *state, const struct cs_sse_event *e)
{
    struct cs_buf *out = state;

    if (e->data_len > LIMIT)
        abort();
    cs_buf_add(out, e->data, e->data_len + 1);
    cs_buf_add(out, e->event, strlen(e->event) + 1);
}

static void parse(const char *data, size_t size, size_t piece, struct cs_buf *out)
{
    struct cs_sse p;

    cs_sse_init(&p, LIMIT, note, out);
    for (size_t at = 0; at < size; at += piece)
        if (!cs_sse_feed(&p, data + at, size - at < piece ? size - at : piece))
            break;
    cs_sse_end(&p);
    cs_sse_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cs_buf whole = {0}, pieces = {0};

    parse((const char *)data, size, size ? size : 1, &whole);
    parse((const char *)data, size, 1 + (size ? data[0] % 7 : 0), &pieces);
    if (size < LIMIT &&
        (whole.len != pieces.len || (whole.len && memcmp(whole.data, pieces.data, whole.len) != 0)))
        abort();
    cs_buf_free(&whole);
    cs_buf_free(&pieces);
    return 0;
}
