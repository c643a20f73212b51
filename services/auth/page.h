#pragma once
/* page: `limit` and `cursor` of a list request -> struct page; the same for every list of auth. */
#include "auth/store.h"

enum { PAGE_DEFAULT = 20, PAGE_MAX = 100 };

/* limit 0: not given. One row more than asked is read, to know whether there is a next page. */
int page_of(struct cs_call *call, int limit, const char *cursor, struct page *ret);

/* Of n rows read: how many to show; *more when a cursor is due after the last of them. */
size_t page_shown(const struct page *page, size_t n, bool *ret_more);
