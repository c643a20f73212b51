/* Vectors for chunks of a document: texts from retrieve, vectors back to it. */
#include "embed/embed.h"

#include "bus/client.h"
#include "embed/run.h"
#include "nats/wire.h"

struct range {
    const EmbedRangeRequest *req;
    struct embedder embedder;
    char *texts[RUN_MAX];
    size_t n;
};

/* retrieve gives as many at once as fit one message */
static int range_read_texts(struct cs_call *call, struct range *r)
{
    while (r->n < (size_t)r->req->count) {
        ReadTextsRequest req = READ_TEXTS_REQUEST_INIT;
        Texts *rep;

        req.bot_id = r->req->bot_id;
        req.document_id = r->req->document_id;
        ReadTextsRequest_set_version(&req, r->req->version);
        ReadTextsRequest_set_first(&req, r->req->first + (int32_t)r->n);
        ReadTextsRequest_set_count(&req, r->req->count - (int32_t)r->n);
        req.document_name = r->req->document_name;
        if (retrieve_read_texts(call, &req, &rep) < 0)
            return -1;
        if (rep->n_texts == 0 || rep->n_texts > (size_t)req.count)
            return cs_fail(call, CS_CONFLICT, "The %d chunks from number %d on do not exist.",
                           r->req->count, r->req->first);
        for (size_t i = 0; i < rep->n_texts; i++)
            r->texts[r->n++] = rep->texts[i];
    }
    return 0;
}

/* as many vectors at once as fit one message */
static int range_put(struct cs_call *call, const struct range *r, const struct cs_vectors *v,
                     char *space)
{
    size_t bytes = v->dimensions * 2, most = CS_MAX_PART / bytes;

    for (size_t first = 0, n; first < v->n; first += n) {
        PutVectorsRequest req = PUT_VECTORS_REQUEST_INIT;
        Empty *rep;

        n = v->n - first < most ? v->n - first : most;
        req.bot_id = r->req->bot_id;
        req.document_id = r->req->document_id;
        PutVectorsRequest_set_version(&req, r->req->version);
        PutVectorsRequest_set_first(&req, r->req->first + (int32_t)first);
        PutVectorsRequest_set_count(&req, (int32_t)n);
        PutVectorsRequest_set_dimensions(&req, (int32_t)v->dimensions);
        req.space = space;
        PutVectorsRequest_set_vectors(&req, v->halves + first * bytes, n * bytes);
        if (retrieve_put_vectors(call, &req, &rep) < 0)
            return -1;
    }
    return 0;
}

static int on_vectors(struct cs_call *call, void *state, const struct cs_vectors *v)
{
    struct range *r = state;
    EmbedRangeReply *rep = (EmbedRangeReply *)call->rep;

    rep->space = run_space(call->arena, &r->embedder, v);
    EmbedRangeReply_set_tokens(rep, v->tokens);
    EmbedRangeReply_set_estimated(rep, !v->counted);
    return range_put(call, r, v, rep->space);
}

CS_HANDLER(Embed, embed_range, EmbedRangeRequest, EmbedRangeReply)
{
    struct range *r = CS_NEW(call->arena, struct range, 1);

    (void)rep;
    if (req->count < 1 || req->first < 0)
        return cs_fail_field(call, "count", "A range is required.");
    r->req = req;
    if (embedder_of(call, req->bot_id, &(struct embedder_choice){0}, &r->embedder) < 0 ||
        range_read_texts(call, r) < 0)
        return -1;
    return run_embed(call, &r->embedder, false, r->texts, r->n, on_vectors, r);
}
