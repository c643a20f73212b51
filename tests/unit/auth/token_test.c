/* Claims of the tokens, verified with the public key, and random ones that differ. */
#include "test.h"

#include "auth/auth.h"
#include "auth/token.h"
#include "base/clock.h"
#include "chatsphere/v1/auth.rpc.h"
#include "crypto/crypto.h"
#include "crypto/jwt.h"

static struct cs_jwt_key public_key;

static int set_up(void **state)
{
    char *pem;

    (void)state;
    assert_int_equal(cs_crypto_init(), 0);
    pem = cs_jwt_new_pem(&arena);
    assert_int_equal(token_load(pem), 0);
    assert_true(cs_jwt_key_load(cs_jwt_public_pem(&arena, pem), &public_key));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    token_free();
    cs_jwt_key_free(&public_key);
    return 0;
}

static void claim(const json_t *claims, const char *name, const char *value)
{
    assert_string_equal(json_string_value(json_object_get(claims, name)), value);
}

static void expires_in(const json_t *claims, int64_t seconds)
{
    int64_t exp = json_integer_value(json_object_get(claims, "exp"));

    assert_in_range(exp - cs_now_ms() / 1000, seconds - 5, seconds + 1);
}

static void test_access(void **state)
{
    struct account acc = {.id = (char *)"u",
                          .tenant = (char *)"t",
                          .role = (char *)"owner",
                          .plan = (char *)"free",
                          .staff = true};
    json_t *claims = cs_jwt_verify(token_access(&arena, &acc, "s"), &public_key, 1);

    (void)state;
    assert_non_null(claims);
    claim(claims, "sub", "u");
    claim(claims, "tid", "t");
    claim(claims, "role", "owner");
    claim(claims, "plan", "free");
    claim(claims, "sid", "s");
    assert_true(json_is_true(json_object_get(claims, "staff")));
    expires_in(claims, TOKEN_ACCESS_S);
    json_decref(claims);
}

static void test_visitor(void **state)
{
    json_t *claims =
        cs_jwt_verify(token_visitor(&arena, "t", "b", "s", "https://example.org"), &public_key, 1);

    (void)state;
    assert_non_null(claims);
    claim(claims, "sub", "visitor:s");
    claim(claims, "tid", "t");
    claim(claims, "bot", "b");
    claim(claims, "sid", "s");
    claim(claims, "role", "visitor");
    claim(claims, "origin", "https://example.org");
    expires_in(claims, TOKEN_VISITOR_S);
    json_decref(claims);
}

static void test_visitor_without_origin(void **state)
{
    json_t *claims = cs_jwt_verify(token_visitor(&arena, "t", "b", "s", NULL), &public_key, 1);

    (void)state;
    assert_non_null(claims);
    assert_null(json_object_get(claims, "origin"));
    assert_null(json_object_get(claims, "staff"));
    json_decref(claims);
}

/* a refresh token can never be taken for an API key */
static void test_random(void **state)
{
    char *key = cs_token_new(&arena, TOKEN_API_KEY), *refresh = cs_token_new(&arena, TOKEN_REFRESH);
    unsigned char one[STORE_HASH], two[STORE_HASH];

    (void)state;
    assert_memory_equal(key, "cs_", 3);
    assert_memory_equal(refresh, "rt_", 3);
    assert_true(strlen(key) >= 40);
    assert_string_not_equal(key, cs_token_new(&arena, TOKEN_API_KEY));
    token_hash(one, key);
    token_hash(two, refresh);
    assert_memory_not_equal(one, two, STORE_HASH);
    token_hash(two, key);
    assert_memory_equal(one, two, STORE_HASH);
}

/* only the token itself opens the box of its successor */
static void test_successor(void **state)
{
    char *one = cs_token_new(&arena, TOKEN_REFRESH), *two = cs_token_new(&arena, TOKEN_REFRESH);
    struct refresh_box box = token_successor_seal(&arena, one, two);

    (void)state;
    assert_string_equal(token_successor_open(&arena, one, &box), two);
    assert_null(token_successor_open(&arena, two, &box));
    assert_null(memmem(box.data, box.len, two, strlen(two)));
    ((unsigned char *)box.data)[box.len - 1] ^= 1;
    assert_null(token_successor_open(&arena, one, &box));
    assert_null(token_successor_open(&arena, one, &(struct refresh_box){0}));
}

static void signed_by(const struct cs_jwt_key *key)
{
    json_t *claims = cs_jwt_verify(token_visitor(&arena, "t", "b", "s", NULL), key, 1);

    assert_non_null(claims);
    json_decref(claims);
}

static void test_keys_are_loaded_anew(void **state)
{
    char *one = cs_jwt_new_pem(&arena), *two = cs_jwt_new_pem(&arena);
    struct cs_jwt_key old, new;
    long long now = cs_now_ms() / 1000;
    struct cs_call call = {.arena = &arena};
    Jwks jwks = JWKS_INIT;

    (void)state;
    assert_true(cs_jwt_key_load(cs_jwt_public_pem(&arena, one), &old));
    assert_true(cs_jwt_key_load(cs_jwt_public_pem(&arena, two), &new));
    assert_int_equal(token_load(one), 0);
    signed_by(&old);
    assert_int_equal(token_load(cs_printf(&arena, "%sused-from: %lld\n%s", one, now + 600, two)),
                     0);
    signed_by(&old); /* the new one is listed, and waits */
    assert_int_equal(on_Auth_get_jwks(&call, NULL, &jwks.base), 0);
    assert_int_equal(jwks.n_keys, 2);
    assert_string_equal(jwks.keys[0]->kid, old.kid);
    assert_string_equal(jwks.keys[1]->kid, new.kid);
    assert_int_equal(token_load("-----BEGIN NONSENSE-----"), -1);
    signed_by(&old);
    assert_int_equal(token_load(cs_printf(&arena, "%sused-from: %lld\n%s", one, now, two)), 0);
    signed_by(&new);
    cs_jwt_key_free(&old);
    cs_jwt_key_free(&new);
}

static void test_bad_key(void **state)
{
    (void)state;
    token_free();
    assert_int_equal(token_load("-----BEGIN NONSENSE-----"), -1);
    assert_int_equal(token_load(cs_jwt_new_pem(&arena)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_access),
        cmocka_unit_test(test_visitor),
        cmocka_unit_test(test_visitor_without_origin),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_successor),
        cmocka_unit_test(test_keys_are_loaded_anew),
        cmocka_unit_test(test_bad_key),
    };

    return test_run_with(tests, set_up, tear_down);
}
