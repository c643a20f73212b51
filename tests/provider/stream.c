/* One piece at a time is with h2o; with trickle=1 a piece is one byte. */
#include "stream.h"

#include <string.h>

static void stream_on_proceed(h2o_generator_t *self, h2o_req_t *req)
{
    struct answer *a = H2O_STRUCT_FROM_MEMBER(struct answer, super, self);

    a->waiting = false;
    if (a->out.len > 0 || a->done)
        stream_flush(a);
    else if (a->cutting)
        h2o_send(req, NULL, 0, H2O_SEND_STATE_ERROR);
}

/* Line ends become CR; what was changed before stays as it is. */
static void stream_line_ends(struct cs_buf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < out->len; i++)
        if (out->data[i] != '\n' || i == 0 || out->data[i - 1] != '\r')
            out->data[n++] = out->data[i] == '\n' ? '\r' : out->data[i];
    out->len = n;
}

/* A piece of the stream as it goes out: compressed, if that is wanted, so that it can be read at once. */
static void stream_encode(struct answer *a, const char *data, size_t n, bool last)
{
    unsigned char piece[4096];

    cs_buf_clear(&a->flying);
    if (!a->b.gzip) {
        cs_buf_add(&a->flying, data, n);
        return;
    }
    a->z.next_in = (unsigned char *)data;
    a->z.avail_in = (unsigned)n;
    do {
        a->z.next_out = piece;
        a->z.avail_out = sizeof(piece);
        deflate(&a->z, last ? Z_FINISH : Z_SYNC_FLUSH);
        cs_buf_add(&a->flying, piece, sizeof(piece) - a->z.avail_out);
    } while (a->z.avail_out == 0);
}

void stream_start(struct answer *a, const char *type)
{
    h2o_req_t *req = a->req;

    a->super.proceed = stream_on_proceed;
    req->res.status = 200;
    req->res.reason = "OK";
    if (a->b.gzip) {
        deflateInit2(&a->z, Z_BEST_SPEED, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
        h2o_add_header_by_str(&req->pool, &req->res.headers, H2O_STRLIT("content-encoding"), 0,
                              NULL, H2O_STRLIT("gzip"));
    }
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, type, strlen(type));
    h2o_start_response(req, &a->super);
}

void stream_flush(struct answer *a)
{
    h2o_iovec_t v;
    size_t n;

    if (a->waiting || a->gone)
        return;
    if (a->b.cr)
        stream_line_ends(&a->out);
    n = a->out.len;
    if ((a->b.trickle || a->b.split) && n > 1)
        n = 1;
    stream_encode(a, a->out.data ? a->out.data : "", n, a->done && a->out.len == n);
    if (n > 0) {
        memmove(a->out.data, a->out.data + n, a->out.len - n);
        a->out.len -= n;
    }
    a->waiting = true;
    v = h2o_iovec_init(a->flying.data, a->flying.len);
    h2o_send(a->req, &v, 1,
             a->done && a->out.len == 0 ? H2O_SEND_STATE_FINAL : H2O_SEND_STATE_IN_PROGRESS);
}

void stream_cut(struct answer *a)
{
    a->cutting = true;
    if (!a->waiting)
        h2o_send(a->req, NULL, 0, H2O_SEND_STATE_ERROR);
}
