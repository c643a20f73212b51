#pragma once
/*
 * cors: which pages of other origins may use the API. The list comes from CHATSPHERE_CORS_ORIGINS;
 * routes of public chat answer any page, since the chat service checks the bot's own list.
 * Credentials are never allowed: identity stands in a header, not in a cookie. Constant after start.
 */
#include "edge/routes.h"

#include <stdbool.h>

enum { CORS_ORIGINS = 64 };

struct cors {
    const char *origins[CORS_ORIGINS];
    int n;
    bool all;   /* the list is "*" */
    char *text; /* what origins point into */
};

/* Whether it is scheme and host as a browser sends them, or *, which means all. */
bool cors_origin_valid(const char *s);

/* origins: comma or space separated, or NULL. False: not an origin, which is named. */
bool cors_init(struct cors *c, const char *origins, const char **ret_wrong);
void cors_free(struct cors *c);
bool cors_allowed(const struct cors *c, const char *origin, bool any_origin);

/* What any answer needs; origin may be NULL. Allowed: a page of this origin may read the answer. */
void cors_vary(struct http_request *http);
void cors_answer(struct http_request *http, const char *origin);
/* Answers OPTIONS on a path that has these methods. */
void cors_preflight(struct http_request *http, unsigned methods);
