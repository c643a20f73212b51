#pragma once
/* origin: addresses that people type, checked with libcurl's URL parser. Pure; any thread. */
#include "base/arena.h"

#include <stdbool.h>

/*
 * An origin as a browser sends it: http or https, host in lower case, the port only when it is
 * not the scheme's own. NULL when s is none (a path, even /, makes it none) or longer than
 * ORIGIN_MAX: a bot must stay smaller than a message of the bus.
 */
enum { ORIGIN_MAX = 300 };
char *origin_normal(struct cs_arena *a, const char *s);

/* http or https, a host, no user, query or fragment: where a provider may be reached */
bool origin_base_url(const char *s);
