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

void stream_start(struct answer *a, const char *type)
{
    h2o_req_t *req = a->req;

    a->super.proceed = stream_on_proceed;
    req->res.status = 200;
    req->res.reason = "OK";
    h2o_add_header(&req->pool, &req->res.headers, H2O_TOKEN_CONTENT_TYPE, NULL, type, strlen(type));
    h2o_start_response(req, &a->super);
}

void stream_flush(struct answer *a)
{
    h2o_iovec_t v;
    size_t n = a->out.len;

    if (a->waiting || a->gone)
        return;
    if (a->b.trickle && n > 1)
        n = 1;
    cs_buf_clear(&a->flying);
    cs_buf_add(&a->flying, a->out.data ? a->out.data : "", n);
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
