/* A table of identities and routes with the expected refusal. */
#include "test.h"

#include "edge/rights.h"

#define ID "01a1fbdf-0848-72c9-a5f3-08e7249ad3a8"
#define PAGE "https://shop.example"

static const struct {
    enum http_method method;
    const char *path;
    enum carrier carrier;
    const char *roles, *token_origin, *origin;
    int status; /* 0: may */
} cases[] = {
    {HTTP_GET, "/api/v1/bots", CARRIER_NONE, NULL, NULL, NULL, 401},
    {HTTP_GET, "/api/v1/bots", CARRIER_USER, "viewer", NULL, NULL, 0},
    {HTTP_GET, "/api/v1/bots", CARRIER_USER, "", NULL, NULL, 403},
    {HTTP_POST, "/api/v1/bots", CARRIER_USER, "viewer", NULL, NULL, 403},
    {HTTP_POST, "/api/v1/bots", CARRIER_USER, "editor", NULL, NULL, 0},
    {HTTP_POST, "/api/v1/bots", CARRIER_USER, "staff,owner", NULL, NULL, 0},
    {HTTP_POST, "/api/v1/api-keys", CARRIER_USER, "editor", NULL, NULL, 403},
    {HTTP_POST, "/api/v1/api-keys", CARRIER_USER, "admin", NULL, NULL, 0},
    {HTTP_PUT, "/api/v1/bots/" ID "/provider-keys/openai", CARRIER_USER, "editor", NULL, NULL, 403},
    {HTTP_GET, "/api/v1/admin/users", CARRIER_USER, "owner", NULL, NULL, 403},
    {HTTP_GET, "/api/v1/admin/users", CARRIER_USER, "viewer,staff", NULL, NULL, 0},
    {HTTP_GET, "/api/v1/bots", CARRIER_KEY, "bots:read,api_key", NULL, NULL, 0},
    {HTTP_POST, "/api/v1/bots", CARRIER_KEY, "bots:read,api_key", NULL, NULL, 403},
    {HTTP_POST, "/api/v1/bots", CARRIER_KEY, "bots:write,api_key", NULL, NULL, 0},
    {HTTP_POST, "/api/v1/bots", CARRIER_KEY, "xbots:writex,owner,staff", NULL, NULL, 403},
    {HTTP_GET, "/api/v1/auth/me", CARRIER_KEY, "bots:read", NULL, NULL, 403},
    {HTTP_GET, "/api/v1/api-keys", CARRIER_KEY, "bots:read,admin", NULL, NULL, 403},
    {HTTP_GET, "/api/v1/auth/me", CARRIER_VISITOR, "visitor", NULL, NULL, 403},
    {HTTP_GET, "/api/v1/chat/" ID "/session/" ID, CARRIER_VISITOR, "visitor", NULL, NULL, 0},
    {HTTP_GET, "/api/v1/chat/" ID "/session/" ID, CARRIER_VISITOR, "visitor", PAGE, PAGE, 0},
    {HTTP_GET, "/api/v1/chat/" ID "/session/" ID, CARRIER_VISITOR, "visitor", PAGE, NULL, 0},
    {HTTP_GET, "/api/v1/chat/" ID "/session/" ID, CARRIER_VISITOR, "visitor", PAGE,
     "https://evil.example", 403},
    {HTTP_GET, "/api/v1/chat/" ID "/session/" ID, CARRIER_NONE, NULL, NULL, NULL, 401},
    {HTTP_GET, "/api/v1/chat/" ID "/session/" ID, CARRIER_USER, "owner,staff", NULL, NULL, 403},
    {HTTP_POST, "/api/v1/chat/" ID, CARRIER_NONE, NULL, NULL, NULL, 0},
    {HTTP_POST, "/api/v1/chat/" ID, CARRIER_KEY, "chat:write", NULL, NULL, 403},
    {HTTP_POST, "/api/v1/auth/login", CARRIER_NONE, NULL, NULL, NULL, 0},
};

static void test_who_may_what(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct identity who = {
            .carrier = cases[i].carrier,
            .roles = cases[i].roles,
            .origin = cases[i].token_origin,
        };
        struct route_match m;
        int status = 0;
        route_find(cases[i].method, cases[i].path, &m);
        assert_non_null(m.route);
        const char *refusal = rights_refusal(m.route, &who, cases[i].origin, &status);
        if ((refusal ? status : 0) != cases[i].status)
            fail_msg("case %zu: %s %s: %d", i, cases[i].path, refusal ? refusal : "may", status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_who_may_what)};

    return test_run(tests);
}
