#pragma once
/*
 * match: does a JSON value hold what a transcript expects?
 *
 * Objects are compared as subsets, arrays item by item and by length (unless the last expected
 * item is "..."), everything else by value. In an expected string: "*" is anything but null,
 * "$name" the captured value, or captures when the name is unset; "/regex/" a POSIX extended
 * regular expression.
 */
#include "vars.h"

#include <jansson.h>
#include <stdbool.h>

/* False notes in `why` the path and what differs. */
bool match(struct vars *v, const json_t *expected, const json_t *actual, struct cs_buf *why);
