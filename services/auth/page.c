#include "auth/page.h"

#include "pg/pg.h"

int page_of(struct cs_call *call, int limit, const char *cursor, struct page *ret)
{
    *ret = (struct page){.n = (limit > 0 && limit <= PAGE_MAX ? limit : PAGE_DEFAULT) + 1};
    if (!cursor || !*cursor)
        return 0;
    if (!cs_pg_cursor_parse(call->arena, cursor, &ret->ms, &ret->id))
        return cs_fail_field(call, "cursor", "must be the next_cursor of an earlier page");
    ret->after = true;
    return 0;
}

size_t page_shown(const struct page *page, size_t n, bool *ret_more)
{
    *ret_more = n >= (size_t)page->n;
    return *ret_more ? (size_t)page->n - 1 : n;
}
