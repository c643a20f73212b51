/* Limits and cursors of lists, checked once for every list. */
#include "bus/page.h"

#include "pg/pg.h"

enum { DEFAULT = 20, MAX = 100 };

int cs_page_of(struct cs_call *call, int limit, const char *cursor, struct cs_page *ret)
{
    *ret = (struct cs_page){.n = (limit > 0 && limit <= MAX ? limit : DEFAULT) + 1};
    if (!cursor || !*cursor)
        return 0;
    if (!cs_pg_cursor_parse(call->arena, cursor, &ret->ms, &ret->id))
        return cs_fail_field(call, "cursor",
                             "The value must be the next_cursor of an earlier page.");
    ret->after = true;
    return 0;
}

size_t cs_page_fit(ProtobufCMessage *const *items, size_t n, size_t limit)
{
    size_t bytes = 0, fit = 0;

    while (fit < n && fit < limit) {
        bytes += protobuf_c_message_get_packed_size(items[fit]);
        if (fit > 0 && bytes > CS_PAGE_BYTES)
            break;
        fit++;
    }
    return fit;
}

size_t cs_page_shown(const struct cs_page *page, size_t n, bool *ret_more)
{
    *ret_more = n >= (size_t)page->n;
    return *ret_more ? (size_t)page->n - 1 : n;
}
