#pragma once
/*
 * Page: how a list is cut. A page holds at most `limit` items and at most PAGE_BYTES, so that a
 * reply fits into a message of the bus; it holds at least one.
 */
#include "chat/store.h"

enum { PAGE_DEFAULT = 20, PAGE_BYTES = 384 * 1024 };

/*
 * The place a cursor names. 0; *ret_after is false when there is none. Negative: it is not one of
 * ours (the field is noted on the call).
 */
int page_place(struct cs_call *call, const char *cursor, bool *ret_after, struct store_place *ret);

/* How many of n messages, in order, belong onto a page of `limit`. */
size_t page_fit(ProtobufCMessage *const *items, size_t n, size_t limit);
