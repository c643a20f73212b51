#include "chat/page.h"

#include "base/id.h"
#include "pg/pg.h"

#define YEAR_9999_MS INT64_C(253402300799999) /* past it PostgreSQL would refuse the time */

int page_place(struct cs_call *call, const char *cursor, bool *ret_after, struct store_place *ret)
{
    *ret_after = cursor != NULL;
    if (!cursor)
        return 0;
    if (!cs_pg_cursor_parse(call->arena, cursor, &ret->n, &ret->id) || !cs_id_valid(ret->id) ||
        ret->n < 0 || ret->n > YEAR_9999_MS)
        return cs_fail_field(call, "cursor", "must be the next_cursor of a page of this list");
    return 0;
}

size_t page_fit(ProtobufCMessage *const *items, size_t n, size_t limit)
{
    size_t bytes = 0, fit = 0;

    while (fit < n && fit < limit) {
        bytes += protobuf_c_message_get_packed_size(items[fit]);
        if (fit > 0 && bytes > PAGE_BYTES)
            break;
        fit++;
    }
    return fit;
}
