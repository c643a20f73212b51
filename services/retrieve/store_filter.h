#pragma once
/* store_filter: the documents of a bot that fit a filter, in SQL. */
#include "bus/store.h"
#include "retrieve/filter.h"

/* Ids of documents that are searched, ascending, in the arena; one transaction. */
int store_filter(struct cs_call *call, const char *bot, const SearchFilter *f, char ***ret,
                 size_t *ret_n);
