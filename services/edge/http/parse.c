/* The two functions of picohttpparser that h2o calls, with the checks of head.c and chunk.c. */
#include "edge/http/parse.h"

#include "edge/http/chunk.h"
#include "edge/http/http.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef int parse_request_fn(const char *buf, size_t len, const char **method, size_t *method_len,
                             const char **path, size_t *path_len, int *minor,
                             struct head_line *lines, size_t *n_lines, size_t last_len);

/* names and parameters are picohttpparser's */
parse_request_fn phr_parse_request;
ssize_t phr_decode_chunked(struct chunk_decoder *decoder, char *buf, size_t *len);

static parse_request_fn *h2o_parse_request;
static _Thread_local const char *refusal;
static _Thread_local bool unread;
static _Thread_local struct {
    bool (*announced)(void *user, const struct parse_head *h);
    void *user;
} on_body;

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

void parse_on_body(bool (*announced)(void *user, const struct parse_head *h), void *user)
{
    on_body.announced = announced;
    on_body.user = user;
}

bool parse_unread(void)
{
    bool was = unread;

    unread = false;
    return was;
}

/* the head has been checked, so the length is a number of few digits */
static bool announces_large_body(const struct head_line *lines, size_t n)
{
    const struct head_line *length = head_find(lines, n, "content-length");

    return head_find(lines, n, "transfer-encoding") ||
           (length && strtoull(length->value, NULL, 10) > HTTP_SMALL);
}

static void drop_lines(struct head_line *lines, size_t *n, const char *name)
{
    struct head_line *l = (struct head_line *)head_find(lines, *n, name);

    if (l)
        memmove(l, l + 1, (size_t)(lines + --*n - l) * sizeof(*l));
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

int phr_parse_request(const char *buf, size_t len, const char **method, size_t *method_len,
                      const char **path, size_t *path_len, int *minor, struct head_line *lines,
                      size_t *n_lines, size_t last_len)
{
    int parsed = h2o_parse_request(buf, len, method, method_len, path, path_len, minor, lines,
                                   n_lines, last_len);

    refusal = parse_check(buf, len, parsed, *minor, lines, *n_lines);
    unread = false;
    /* line ends between requests: h2o closes the connection without a word */
    if (refusal && parsed == -1 && len <= 4 && strspn(strndupa(buf, len), "\r\n") == len)
        refusal = NULL;
    if (!refusal && parsed > 0 && on_body.announced && announces_large_body(lines, *n_lines)) {
        struct parse_head h = {buf, *method, *path, *method_len, *path_len, *n_lines, lines};
        unread = !on_body.announced(on_body.user, &h);
    }
    if (unread) {
        drop_lines(lines, n_lines, "content-length");
        drop_lines(lines, n_lines, "transfer-encoding");
    }
    if (!refusal)
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
