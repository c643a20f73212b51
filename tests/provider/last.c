/* One request is kept; the next one takes its place. */
#include "last.h"
#include "answer.h"

static json_t *last;
static long n_requests;

void last_keep(h2o_req_t *req, json_t *body)
{
    json_t *headers = json_object();

    for (size_t i = 0; i < req->headers.size; i++) {
        const h2o_header_t *h = &req->headers.entries[i];
        CS_BUF_AUTO struct cs_buf name = {0};
        cs_buf_add(&name, h->name->base, h->name->len);
        json_object_set_new(headers, name.data, json_stringn(h->value.base, h->value.len));
    }
    json_decref(last);
    last = json_pack("{s:o,s:O?}", "headers", headers, "body", body);
    n_requests++;
}

json_t *last_show(void)
{
    return json_pack("{s:O?,s:O?,s:i,s:i}", "headers", json_object_get(last, "headers"), "body",
                     json_object_get(last, "body"), "count", (int)n_requests, "open",
                     (int)answers_open());
}
