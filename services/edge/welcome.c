/* The route and the credential of a body that is announced; an unknown API key is asked about. */
#include "edge/welcome.h"

#include "edge/edge.h"
#include "edge/routes.h"
#include "edge/token.h"

#include "base/id.h"

#include <stdlib.h>

/* An API key that is asked about while its body comes in. */
struct asking {
    struct token_check check;
    struct http_connection *connection;
    struct cs_arena arena;
};

void body_forget(void *user)
{
    struct asking *q = user;

    tokens_forget(&q->check);
    cs_arena_dispose(&q->arena);
    free(q);
}

static void on_key_checked(void *user, int status, const struct identity *who)
{
    (void)who;
    struct asking *q = user;

    http_body_trust(q->connection, status == 0);
    body_forget(q);
}

static void welcome_ask(struct edge *e, const struct http_body *b, const char *bearer)
{
    struct asking *q = calloc(1, sizeof(*q));

    if (!q)
        abort();
    cs_arena_init(&q->arena);
    char *id = cs_alloc(&q->arena, CS_ID_SIZE);
    cs_id_new(id);
    const char *address = address_client(&q->arena, &e->shared->proxies,
                                         cs_strdup(&q->arena, b->peer), b->forwarded_for);
    q->connection = b->connection;
    q->check = (struct token_check){
        .bearer = cs_strdup(&q->arena, bearer),
        .request_id = id,
        .address = address_limit_key(&q->arena, address),
        .network = address_limit_network(&q->arena, address),
        .done = on_key_checked,
        .user = q,
    };
    http_body_asking(b->connection, q);
    tokens_check(e->tokens, &q->check);
}

enum http_welcome body_welcome(void *user, const struct http_body *b)
{
    struct edge *e = user;
    struct route_match m;

    route_find(b->method, b->path, &m);
    if (!m.route)
        return HTTP_UNREAD;
    const char *bearer = token_bearer(b->authorization);
    if ((m.route->flags & ROUTE_PUBLIC) && !(bearer && (m.route->flags & ROUTE_VISITOR)))
        return HTTP_STRANGER;
    if (!bearer)
        return HTTP_UNREAD;
    switch (tokens_known(e->tokens, bearer)) {
    case TOKEN_GOOD: return HTTP_TRUSTED;
    case TOKEN_BAD: return HTTP_UNREAD;
    case TOKEN_UNKNOWN: break;
    }
    welcome_ask(e, b, bearer);
    return HTTP_STRANGER;
}
