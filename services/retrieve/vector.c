/* vector: what embed puts in */
#include "retrieve/kernel.h"
#include "retrieve/retrieve.h"
#include "retrieve/store.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "halves are read as they are stored");

static int check_vectors(struct cs_call *call, const PutVectorsRequest *req)
{
    if (req->first < 0 || req->count < 1 || req->count > RETRIEVE_MAX_CHUNKS)
        return cs_fail_field(call, "count", "A range is required.");
    if (!req->has_dimensions)
        return cs_fail_field(call, "dimensions", "The field is required.");
    if (!req->space || !*req->space || strlen(req->space) > RETRIEVE_MAX_SPACE)
        return cs_fail_field(call, "space", "The value must have 1 to %d bytes.",
                             RETRIEVE_MAX_SPACE);
    if (req->vectors.len != (size_t)req->count * (size_t)req->dimensions * sizeof(uint16_t))
        return cs_fail_field(call, "vectors",
                             "The vectors must be count times dimensions half-precision floats.");
    /* one that is not a number would be nearest to everything */
    for (size_t i = 0; i < req->vectors.len; i += sizeof(uint16_t)) {
        uint16_t h;
        memcpy(&h, req->vectors.data + i, sizeof(h));
        if (!half_finite(h))
            return cs_fail_field(call, "vectors", "The vectors must be finite.");
    }
    return 0;
}

static const char GONE[] = "The document does not exist any more, or a newer version is searched.";

/* Stored in the vector store too. A segment that went meanwhile is dropped there later. */
static int on_stored(struct cs_call *call, void *state)
{
    int r = store_segment_complete(call, state);

    return r == STORE_NONE ? cs_fail(call, CS_NOT_FOUND, "%s", GONE) : r;
}

static int vector_put(struct cs_call *call, const PutVectorsRequest *req)
{
    struct vector_segment *s = CS_NEW(call->arena, struct vector_segment, 1);

    *s = (struct vector_segment){
        .tenant = call->tenant,
        .bot = req->bot_id,
        .document = req->document_id,
        .version = req->version,
        .space = req->space,
        .first = (uint32_t)req->first,
        .n = (uint32_t)req->count,
        .dims = (uint32_t)req->dimensions,
        .halves = cs_memdup(call->arena, req->vectors.data, req->vectors.len), /* aligned */
    };
    return vector_store()->put(call, s, on_stored, s);
}

CS_HANDLER(Retrieve, put_vectors, PutVectorsRequest, Empty)
{
    struct document d = {.bot = req->bot_id, .id = req->document_id, .version = req->version};
    struct store_segment s = {
        .first = (uint32_t)req->first,
        .n = (uint32_t)req->count,
        .dims = (uint32_t)req->dimensions,
        .space = req->space,
        .data = req->vectors.data,
        .len = req->vectors.len,
    };
    int r;

    (void)rep;
    if ((r = retrieve_check_document(call, &d)) || (r = check_vectors(call, req)))
        return r;
    s.crc32c = kernel_best()->crc32c(s.data, s.len);
    r = store_put_segment(call, &d, &s);
    if (r)
        return r == STORE_NONE ? cs_fail(call, CS_NOT_FOUND, "%s", GONE) : r;
    return vector_store()->inside ? 0 : vector_put(call, req);
}
