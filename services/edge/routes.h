#pragma once
/*
 * routes: every REST route, one row each, and the match of a request against them.
 *
 * A row names the rpc that does the work; path and query parameters fill its fields of the same
 * name and the JSON body the rest. What a caller needs, what it costs, the OpenAPI page and the
 * metrics come from the row. An rpc without a row cannot be reached from outside.
 */
#include "edge/http/http.h"
#include "edge/limit.h"
#include "pbjson/contract.h"

#include <stdbool.h>
#include <stddef.h>

struct request;

enum route_flag {
    ROUTE_PUBLIC = 1 << 0,     /* no credential is needed, nor looked at unless ROUTE_VISITOR */
    ROUTE_STAFF = 1 << 1,      /* platform staff only */
    ROUTE_VISITOR = 1 << 2,    /* for visitors; the service checks session and bot */
    ROUTE_TURN = 1 << 3,       /* answers whole or as frames; goes on without its client */
    ROUTE_WATCH = 1 << 4,      /* answers as a stream of progress */
    ROUTE_UPLOAD = 1 << 5,     /* takes files */
    ROUTE_CONTENT = 1 << 6,    /* answers with a file */
    ROUTE_NO_BODY = 1 << 7,    /* takes none */
    ROUTE_ANY_ORIGIN = 1 << 8, /* CORS for any page; the service checks the bot's origins */
    ROUTE_PAGE = 1 << 9,       /* for people, not of the API: not in the OpenAPI document */
    ROUTE_PART = 1 << 11,      /* takes bytes, a part of an upload */
    ROUTE_SOCKET = 1 << 13,    /* a WebSocket */
    ROUTE_FOLLOW = 1 << 12,    /* answers as the stream of a turn */
    ROUTE_KEPT = 1 << 14, /* a page may keep the answer for a minute, and ask whether it changed */
    ROUTE_UNKEYED = 1 << 10, /* a POST that does not look at Idempotency-Key */
};

/* Least role of a user; ROUTE_NOBODY: users may not, unless the route is public. */
enum route_role { ROUTE_NOBODY, ROUTE_VIEWER, ROUTE_EDITOR, ROUTE_ADMIN };

struct route {
    enum http_method method;
    const char *path; /* /api/v1/bots/{bot_id} */
    const struct cs_rpc *rpc;
    enum route_role role;
    const char *scope; /* an API key needs it; NULL: keys may not */
    enum limit_class limit;
    unsigned flags;
    int status;                       /* of success */
    void (*local)(struct request *r); /* answered by the edge itself; rpc is NULL */
    const char *about;                /* of a local one; for others the rpc has a comment */
};

enum { ROUTE_PARAMS = 4, ROUTE_PARAM_MAX = 200 };

struct route_param {
    char name[24];
    char value[ROUTE_PARAM_MAX + 1]; /* decoded */
};

struct route_match {
    const struct route *route; /* NULL: no such path, or method not allowed */
    struct route_param params[ROUTE_PARAMS];
    int n_params;
    unsigned methods; /* bits of enum http_method that the path has; 0: no such path */
};

extern const struct route routes[];
extern const size_t n_routes;
extern const struct route *const route_fallback; /* for a page at a path that has no row */

/* HEAD is served by GET, but for endless answers. */
void route_find(enum http_method method, const char *path, struct route_match *ret);
/* "GET, HEAD, POST": room for all names */
enum { ROUTE_ALLOW_SIZE = 64 };
void route_allow(unsigned methods, char out[ROUTE_ALLOW_SIZE]);
/* Whether a parameter is an id by its name: id, bot_id ... */
bool route_is_id(const char *name);
/* Decodes %XX of n bytes; false: malformed, too long for size or with control characters. */
bool route_decode(const char *s, size_t n, char *out, size_t size);
