/* The download: the parts of a document are read back as they were uploaded. */
#include "ingest/ingest.h"

#include <string.h>

CS_HANDLER(Ingest, read_content, ReadContentRequest, Content)
{
    struct document *d;
    struct part p;
    int r = store_get(call, req->bot_id, req->document_id, &d);

    if (r == STORE_NONE || (r == 0 && !d->uploaded))
        return document_none(call);
    if (r)
        return r;
    if (req->part < 0 || req->part >= INGEST_MAX_PARTS)
        return cs_fail_field(call, "part", "The part does not exist.");
    if (req->sha256 && strcmp(req->sha256, d->sha256) != 0)
        return cs_fail(call, CS_CONFLICT, "The document has a new version.");
    r = store_part(call, d, req->part, &p);
    if (r)
        return r == STORE_NONE ? cs_fail(call, CS_NOT_FOUND, "The part does not exist.") : r;
    Content_set_data(rep, p.data, p.len);
    Content_set_parts(rep, p.parts);
    Content_set_bytes(rep, d->bytes);
    rep->mime = (char *)(uintptr_t)d->mime;
    rep->sha256 = (char *)(uintptr_t)d->sha256;
    rep->name = (char *)(uintptr_t)d->name;
    return 0;
}
