#pragma once
/*
 * pages: a list of page numbers as a text, such as "1-3,7", ascending. Pure; any thread.
 *
 *     for (int page = 0; (page = pages_next(list, page)) > 0;)
 */
#include "base/buf.h"

enum { PAGES_MAX = 500 /* in a list: more pages than that are not recognised */ };

/* The first page of the list behind `page`; 0: there is none; -1: the list is malformed. */
int pages_next(const char *list, int page);
/* Number of pages; -1: the list is malformed, or holds more than PAGES_MAX. */
int pages_count(const char *list);
/* Adds a page that is behind all others of the list. */
void pages_add(struct cs_buf *list, int page);
