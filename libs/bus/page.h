#pragma once
/*
 * Page: `limit` and `cursor` of a list request, the same for every list that is newest first.
 *
 *     if ((r = cs_page_of(call, req->limit, req->cursor, &page)) < 0) return r;
 *     ... page.n rows older than (page.ms, page.id), or from the start without page.after ...
 *     rep->n_items = cs_page_shown(&page, n, &more);
 *     if (more) rep->next_cursor = cs_pg_cursor(...the last one shown...);
 */
#include "bus/call.h"

struct cs_page {
    bool after; /* false: from the start */
    int64_t ms;
    const char *id;
    int n; /* rows to read: one more than asked, to know whether there is a next page */
};

/* limit 0: not given. Negative: the cursor is none of ours. */
int cs_page_of(struct cs_call *call, int limit, const char *cursor, struct cs_page *ret);

/*
 * How many of n messages, in order, belong onto a page: `limit` at most, and no more than fit into
 * a message of the bus; one at least.
 */
enum { CS_PAGE_BYTES = 384 * 1024 };
size_t cs_page_fit(ProtobufCMessage *const *items, size_t n, size_t limit);

/* The same for rows that are small. Of n rows read: how many to show; *more when a cursor is due after the last of them. */
size_t cs_page_shown(const struct cs_page *page, size_t n, bool *ret_more);
