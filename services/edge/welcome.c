/* The route and the credential of a body that is announced; an unknown API key is asked about. */
#include "edge/welcome.h"

#include "edge/edge.h"
#include "edge/routes.h"
#include "edge/token.h"

#include "base/hash.h"
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

uint64_t welcome_share(const struct identity *who, const char *address)
{
    return who && who->carrier != CARRIER_VISITOR ? cs_hash(1, who->tenant) : cs_hash(2, address);
}

static void on_key_checked(void *user, int status, const struct identity *who)
{
    struct asking *q = user;

    if (status == 0)
        http_body_trust(q->connection, welcome_share(who, q->check.address));
    else
        http_body_distrust(q->connection);
    body_forget(q);
}

static void welcome_ask(struct edge *e, const struct http_body *b, const char *bearer,
                        const char *address)
{
    struct asking *q = calloc(1, sizeof(*q));

    if (!q)
        abort();
    cs_arena_init(&q->arena);
    char *id = cs_alloc(&q->arena, CS_ID_SIZE);
    cs_id_new(id);
    q->connection = b->connection;
    q->check = (struct token_check){
        .bearer = cs_strdup(&q->arena, bearer),
        .request_id = id,
        .address = cs_strdup(&q->arena, address_limit_key(&q->arena, address)),
        .network = address_limit_network(&q->arena, address),
        .done = on_key_checked,
        .user = q,
    };
    http_body_asking(b->connection, q);
    tokens_check(e->tokens, &q->check);
}

enum http_welcome body_welcome(void *user, const struct http_body *b, uint64_t *share)
{
    struct edge *e = user;
    struct route_match m;
    const struct identity *who = NULL;
    enum http_welcome welcome = HTTP_UNREAD;
    struct cs_arena a;

    route_find(b->method, b->path, &m);
    if (!m.route)
        return HTTP_UNREAD;
    cs_arena_init(&a);
    const char *bearer = token_bearer(b->authorization);
    const char *address =
        address_client(&a, &e->shared->proxies, cs_strdup(&a, b->peer), b->forwarded_for);
    *share = welcome_share(NULL, address_limit_key(&a, address));
    if ((m.route->flags & ROUTE_PUBLIC) && !(bearer && (m.route->flags & ROUTE_VISITOR)))
        welcome = HTTP_STRANGER;
    else if (bearer)
        switch (tokens_known(e->tokens, bearer, &who)) {
        case TOKEN_GOOD:
            *share = welcome_share(who, address_limit_key(&a, address));
            welcome = HTTP_TRUSTED;
            break;
        case TOKEN_BAD: break;
        case TOKEN_UNKNOWN:
            welcome_ask(e, b, bearer, address);
            welcome = HTTP_STRANGER;
            break;
        }
    cs_arena_dispose(&a);
    return welcome;
}
