#pragma once
/*
 * origin: the addresses that the owner of a bot types, checked with libcurl's URL parser: origins of
 * pages that may show the bot, base URLs of its providers. Pure; any thread; memory of the arena.
 */
#include "base/arena.h"
#include "chatsphere/v1/names.h"

#include <stdbool.h>

/*
 * An origin as a browser sends it: http or https, host in lower case, the port only when it is
 * not the scheme's own. NULL when s is none (a path, even /, makes it none) or longer than
 * CS_ORIGIN_MAX: a bot must stay smaller than a message of the bus.
 */
enum { CS_ORIGIN_MAX = 300 };
char *cs_origin_normal(struct cs_arena *a, const char *s);

/* Whether the page is one of the platform itself: its Origin header names the Host that it asks. */
bool cs_origin_own(const char *origin, const char *host);

/*
 * Whether a public bot answers on pages of this origin: an Origin header, NULL when there is none.
 * A bot without allowed_origins answers everywhere, and each one on the platform's own pages. host is the Host
 * header of the request, or NULL.
 */
bool cs_bot_allows_origin(struct cs_arena *a, const Bot *bot, const char *origin, const char *host);

/*
 * The base address of a provider's API: http or https, a host, no user, query or fragment. White space
 * around it, slashes at its end and the path of a call that is often pasted with it, such as
 * /chat/completions, are dropped. NULL when s is not such an address.
 */
struct cs_base_url {
    const char *url;
    const char *host; /* numeric IPv6 addresses in brackets, numeric IPv4 addresses as a.b.c.d */
    int port;         /* of the URL, or its scheme's own */
};
const struct cs_base_url *cs_base_url(struct cs_arena *a, const char *s);
