/* The list of allowed origins, and the headers that follow from it. */
#include "edge/cors.h"

#include <stdlib.h>
#include <string.h>

bool cors_origin_valid(const char *s)
{
    const char *host = strncmp(s, "http://", 7) == 0    ? s + 7
                       : strncmp(s, "https://", 8) == 0 ? s + 8
                                                        : NULL;

    return strcmp(s, "*") == 0 || (host && *host && !strpbrk(host, "/?#@ *"));
}

bool cors_init(struct cors *c, const char *origins, const char **ret_wrong)
{
    char *rest, *word;

    *c = (struct cors){.text = origins ? strdup(origins) : NULL};
    rest = c->text;
    while ((word = strsep(&rest, ", \t\n")) != NULL) {
        if (!*word)
            continue;
        if (strcmp(word, "*") == 0) {
            c->all = true;
        } else if (c->n < CORS_ORIGINS && cors_origin_valid(word)) {
            c->origins[c->n++] = word;
        } else {
            *ret_wrong = word;
            return false;
        }
    }
    return true;
}

void cors_free(struct cors *c)
{
    free(c->text);
    *c = (struct cors){0};
}

bool cors_allowed(const struct cors *c, const char *origin, bool any_origin)
{
    if (any_origin || c->all)
        return true;
    for (int i = 0; i < c->n; i++)
        if (strcasecmp(c->origins[i], origin) == 0)
            return true;
    return false;
}

void cors_vary(struct http_request *http)
{
    http_set_header(http, "vary", "Origin");
}

void cors_answer(struct http_request *http, const char *origin)
{
    http_set_header(http, "access-control-allow-origin", origin);
    http_set_header(http, "access-control-expose-headers", "X-Request-Id, Retry-After");
}

void cors_preflight(struct http_request *http, unsigned methods)
{
    char allow[ROUTE_ALLOW_SIZE];

    route_allow(methods, allow);
    http_set_header(http, "allow", allow);
    http_set_header(http, "access-control-allow-methods", allow);
    http_set_header(http, "access-control-allow-headers",
                    "Authorization, Content-Type, Accept, Idempotency-Key, Last-Event-ID, "
                    "X-Request-Id, Traceparent");
    http_set_header(http, "access-control-max-age", "600");
    http_reply(http, 204, NULL, NULL, 0);
}
