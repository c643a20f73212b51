/* chunk: what ingest puts in, embed reads and people page through */
#include "nats/wire.h"
#include "retrieve/retrieve.h"
#include "retrieve/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 20, MAX_ORD = 1000000 };

static int check_chunks(struct cs_call *call, Chunk *const *chunks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const Chunk *c = chunks[i];

        /* in order, so that none is there twice */
        if (c->chunk < 0 || c->chunk > MAX_ORD || (i > 0 && c->chunk <= chunks[i - 1]->chunk))
            return cs_fail_field(call, "chunks", "The chunks must have ascending ordinals from 0.");
        if (c->text && strlen(c->text) > RETRIEVE_MAX_BODY)
            return cs_fail_field(call, "chunks", "The texts must have at most %d bytes.",
                                 RETRIEVE_MAX_BODY);
        if (c->heading_path && strlen(c->heading_path) > RETRIEVE_MAX_HEADINGS)
            return cs_fail_field(call, "chunks", "The headings must have at most %d bytes.",
                                 RETRIEVE_MAX_HEADINGS);
    }
    return 0;
}

CS_HANDLER(Retrieve, put_chunks, PutChunksRequest, Empty)
{
    struct document d = {.bot = req->bot_id, .id = req->document_id, .version = req->version};
    int r;

    (void)rep;
    if ((r = retrieve_check_document(call, &d)) ||
        (r = check_chunks(call, req->chunks, req->n_chunks)))
        return r;
    if (req->n_chunks == 0)
        return 0;
    r = store_put_chunks(call, &d, req->chunks, req->n_chunks);
    return r == STORE_NONE
               ? cs_fail(call, CS_NOT_FOUND,
                         "The document does not exist any more, or a newer version is searched.")
               : r;
}

CS_HANDLER(Retrieve, read_texts, ReadTextsRequest, Texts)
{
    struct document d = {.bot = req->bot_id, .id = req->document_id, .version = req->version};
    int r = retrieve_check_document(call, &d);

    if (r)
        return r;
    if (!req->has_count || req->first < 0)
        return cs_fail_field(call, "first", "A range is required.");
    r = store_texts(call, &d, req->document_name, req->first, req->count, &rep->texts,
                    &rep->n_texts);
    return r == STORE_NONE ? cs_fail(call, CS_NOT_FOUND, "The chunks do not exist.") : r;
}

/* a cursor is the last ordinal */
static int parse_cursor(struct cs_call *call, const char *cursor, int32_t *ret)
{
    char *end;

    *ret = -1;
    if (!cursor)
        return 0;
    errno = 0;
    long ord = strtol(cursor, &end, 10);
    if (end == cursor || *end || errno || ord < 0 || ord > MAX_ORD)
        return cs_fail_field(call, "cursor",
                             "The value must be the next_cursor of an earlier page.");
    *ret = (int32_t)ord;
    return 0;
}

CS_HANDLER(Retrieve, list_chunks, ListChunksRequest, ChunkList)
{
    struct document d = {.bot = req->bot_id, .id = req->document_id};
    int32_t limit = req->has_limit ? req->limit : PAGE, after;
    size_t found = 0, bytes = 0, n = 0;
    int r;

    if ((r = retrieve_check_document(call, &d)) || (r = parse_cursor(call, req->cursor, &after)))
        return r;
    if (req->has_around && !req->cursor)
        after = req->around > limit / 2 ? req->around - limit / 2 - 1 : -1;
    r = store_chunks(call, &d, after, limit + 1, &rep->items, &found);
    if (r == STORE_NONE)
        return cs_fail(call, CS_NOT_FOUND, "The document does not exist or is not ready.");
    if (r)
        return r;
    for (; n < found && n < (size_t)limit; n++) {
        bytes += strlen(rep->items[n]->text) + strlen(rep->items[n]->heading_path);
        if (n > 0 && bytes > CS_MAX_PART)
            break; /* the rest does not fit the message */
    }
    rep->n_items = n;
    if (n < found)
        rep->next_cursor = cs_printf(call->arena, "%d", rep->items[n - 1]->chunk);
    return 0;
}
