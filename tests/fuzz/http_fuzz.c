/*
 * Any bytes as a connection: the head as h2o is given it, then a chunked body in pieces of the size
 * that the first byte says. What is refused announces no body; what is decoded is no longer than it
 * came, and is the same in any pieces.
 */
#include "edge/http/chunk.h"
#include "edge/http/parse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int phr_parse_request(const char *buf, size_t len, const char **method, size_t *method_len,
                      const char **path, size_t *path_len, int *minor, struct head_line *lines,
                      size_t *n_lines, size_t last_len);

static int head(char *buf, size_t len)
{
    struct head_line lines[HEAD_LINES_MAX];
    const char *method, *path;
    size_t method_len, path_len, n = HEAD_LINES_MAX;
    int minor, parsed = phr_parse_request(buf, len, &method, &method_len, &path, &path_len, &minor,
                                          lines, &n, 0);
    const char *refusal = parse_refusal();

    if (parsed > 0 && (size_t)parsed > len)
        abort();
    if (refusal &&
        ((size_t)parsed != len || *path != '/' || head_find(lines, n, "content-length") ||
         head_find(lines, n, "transfer-encoding")))
        abort();
    return parsed;
}

/* the result of the decoder; the data into buf, which holds the input */
static ssize_t decode(char *buf, size_t size, size_t piece, size_t *ret_len)
{
    struct chunk_decoder d = {.consume_trailer = 1};
    size_t have = 0;
    ssize_t r = -2;

    for (size_t at = 0; r == -2 && at < size; at += piece) {
        size_t len = size - at < piece ? size - at : piece;
        memmove(buf + have, buf + at, len);
        r = chunk_decode(&d, buf + have, &len);
        have += len;
    }
    *ret_len = have;
    return r < 0 ? r : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool begun;
    char *one = malloc(size + 1), *two = malloc(size + 1);
    size_t one_len, two_len;

    if (!one || !two || (!begun && !parse_begin()))
        abort();
    begun = true;
    memcpy(one, data, size);
    int parsed = head(one, size);
    size_t body = parsed > 0 ? (size_t)parsed : 0;
    memcpy(one, data, size);
    memcpy(two, data, size);
    ssize_t r = decode(one + body, size - body, size ? 1 + data[0] % 7 : 1, &one_len);
    if (r != decode(two + body, size - body, size + 1, &two_len) ||
        (r == 0 && (one_len != two_len || memcmp(one + body, two + body, one_len))))
        abort();
    free(one);
    free(two);
    return 0;
}
