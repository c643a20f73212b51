/* The two functions of picohttpparser that h2o calls, with the checks of head.c and chunk.c. */
#include "edge/http/parse.h"

#include "edge/http/chunk.h"

#include <dlfcn.h>
#include <string.h>

typedef int parse_request_fn(const char *buf, size_t len, const char **method, size_t *method_len,
                             const char **path, size_t *path_len, int *minor,
                             struct head_line *lines, size_t *n_lines, size_t last_len);

/* names and parameters are picohttpparser's */
parse_request_fn phr_parse_request;
ssize_t phr_decode_chunked(struct chunk_decoder *decoder, char *buf, size_t *len);

static parse_request_fn *h2o_parse_request;
static _Thread_local const char *refusal;

bool parse_begin(void)
{
    h2o_parse_request = (parse_request_fn *)dlsym(RTLD_NEXT, "phr_parse_request");
    return h2o_parse_request && dlsym(RTLD_DEFAULT, "phr_parse_request") == phr_parse_request &&
           dlsym(RTLD_DEFAULT, "phr_decode_chunked") == phr_decode_chunked;
}

const char *parse_refusal(void)
{
    const char *r = refusal;

    refusal = NULL;
    return r;
}

static const char *parse_check(const char *buf, size_t len, int parsed, int minor,
                               const struct head_line *lines, size_t n)
{
    if (parsed > 0)
        return head_check(buf, (size_t)parsed, minor, lines, n);
    if (parsed == -2)
        return len < HEAD_MAX ? NULL : head_check(buf, len + 1, 1, NULL, 0);
    if (n == HEAD_LINES_MAX)
        return "A request must have at most 100 header lines.";
    return "The request is not valid HTTP.";
}

/* spaces between requests: h2o closes the connection without a word */
static bool only_line_ends(const char *buf, size_t len)
{
    return len <= 4 && strspn(strndupa(buf, len), "\r\n") == len;
}

int phr_parse_request(const char *buf, size_t len, const char **method, size_t *method_len,
                      const char **path, size_t *path_len, int *minor, struct head_line *lines,
                      size_t *n_lines, size_t last_len)
{
    int parsed = h2o_parse_request(buf, len, method, method_len, path, path_len, minor, lines,
                                   n_lines, last_len);

    refusal = parse_check(buf, len, parsed, *minor, lines, *n_lines);
    if (!refusal || (parsed == -1 && only_line_ends(buf, len)))
        return parsed;
    const struct head_line *origin = parsed > 0 ? head_find(lines, *n_lines, "origin")
                                                : NULL; /* so that its page may read why */
    *n_lines = 0;
    if (origin)
        lines[(*n_lines)++] = *origin;
    if (parsed <= 0 || *path_len == 0 || **path != '/') {
        *method = "GET";
        *method_len = 3;
        *path = "/";
        *path_len = 1;
    }
    *minor = 1;
    return (int)len;
}

ssize_t phr_decode_chunked(struct chunk_decoder *decoder, char *buf, size_t *len)
{
    return chunk_decode(decoder, buf, len);
}
