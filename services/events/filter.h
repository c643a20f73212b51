#pragma once
/* filter: which events a reader wants, by type and bot. Pure; any thread. */
#include "bus/service.h"
#include "events/render.h"

/* Types are "bot.created" or "bot.*"; bots are ids. An empty list means all. Strings are the call's. */
struct filter {
    char **types, **bots;
    size_t n_types, n_bots;
};

/* 0, or negative: the fields `types` and `bots` of the request are wrong. */
int filter_check(struct cs_call *call, const struct filter *f);

/* The same from two lists separated by commas; NULL: empty. */
int filter_parse(struct cs_call *call, const char *types, const char *bots, struct filter *ret);

bool filter_wants(const struct filter *f, const struct kept_event *e);

/*
 * The subjects on the bus that together are what the filter wants, without duplicates; at least one.
 * A filter of bots leaves out the events that are of no bot.
 */
char **filter_subjects(struct cs_arena *a, const struct filter *f, const char *tenant,
                       size_t *ret_n);
/* The one subject with wildcards that covers all of n subjects of filter_subjects(). */
char *filter_cover(struct cs_arena *a, char *const *subjects, size_t n);
