/* Tokens of ours, and forged ones as an attacker would make them. */
#include "test.h"

#include "base/clock.h"
#include "crypto/crypto.h"
#include "crypto/jwt.h"

#include <jwt.h>
#include <stdlib.h>

struct fixture {
    struct cs_jwt_key private, public, stranger;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    cs_crypto_init();
    char *pem = cs_jwt_new_pem(&arena);
    *state = f;
    return cs_jwt_key_load(pem, &f->private) &&
                   cs_jwt_key_load(cs_jwt_public_pem(&arena, pem), &f->public) &&
                   cs_jwt_key_load(cs_jwt_new_pem(&arena), &f->stranger)
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    cs_jwt_key_free(&f->private);
    cs_jwt_key_free(&f->public);
    cs_jwt_key_free(&f->stranger);
    free(f);
    return 0;
}

/* A token by the library alone, as somebody else could make it; exp 0: none. */
static char *token_by(jwt_alg_t alg, const char *key, const char *kid, long exp)
{
    jwt_t *jwt;

    assert_int_equal(jwt_new(&jwt), 0);
    jwt_add_grant(jwt, "sub", "mallory");
    if (exp)
        jwt_add_grant_int(jwt, "exp", exp);
    jwt_add_header(jwt, "kid", kid);
    assert_int_equal(jwt_set_alg(jwt, alg, (const unsigned char *)key, key ? (int)strlen(key) : 0),
                     0);
    char *token = jwt_encode_str(jwt), *copy = cs_strdup(&arena, token);
    free(token);
    jwt_free(jwt);
    assert_non_null(copy);
    return copy;
}

static void refused(struct fixture *f, const char *token)
{
    assert_null(cs_jwt_verify(token, &f->public, 1));
}

static long soon(void)
{
    return (long)(cs_now_ms() / 1000) + 60;
}

static void a_token_comes_back_with_its_claims(void **state)
{
    struct fixture *f = *state;
    struct cs_jwt_key keys[] = {f->stranger, f->public};
    char *token =
        cs_jwt_sign(&arena, &f->private, json_pack("{s:s, s:[s]}", "sub", "u1", "x", "y"), 60);
    json_t *claims = cs_jwt_verify(token, keys, 2);

    assert_non_null(claims);
    assert_string_equal(json_string_value(json_object_get(claims, "sub")), "u1");
    assert_int_equal(json_array_size(json_object_get(claims, "x")), 1);
    assert_int_equal(json_integer_value(json_object_get(claims, "exp")) -
                         json_integer_value(json_object_get(claims, "iat")),
                     60);
    json_decref(claims);
}

static void private_and_public_key_have_one_kid(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(strlen(f->private.kid), 22);
    assert_string_equal(f->private.kid, f->public.kid);
    assert_string_not_equal(f->private.kid, f->stranger.kid);
}

static void expired_is_refused(void **state)
{
    struct fixture *f = *state;

    refused(f, cs_jwt_sign(&arena, &f->private, json_object(), 0));
    refused(f, cs_jwt_sign(&arena, &f->private, json_object(), -60));
}

static void without_an_end_is_refused(void **state)
{
    struct fixture *f = *state;

    refused(f, token_by(JWT_ALG_ES256, f->private.pem, f->public.kid, 0));
}

static void unknown_kid_is_refused(void **state)
{
    struct fixture *f = *state;

    refused(f, cs_jwt_sign(&arena, &f->stranger, json_object(), 60));
    assert_null(cs_jwt_verify("", &f->public, 1));
    assert_null(cs_jwt_verify(cs_jwt_sign(&arena, &f->private, json_object(), 60), NULL, 0));
}

static void borrowed_kid_is_refused(void **state)
{
    struct fixture *f = *state;

    refused(f, token_by(JWT_ALG_ES256, f->stranger.pem, f->public.kid, soon()));
    /* the same, rightly signed, holds: the refusal above is the signature's */
    json_t *claims = cs_jwt_verify(token_by(JWT_ALG_ES256, f->private.pem, f->public.kid, soon()),
                                   &f->public, 1);
    assert_non_null(claims);
    json_decref(claims);
}

static void alg_none_is_refused(void **state)
{
    struct fixture *f = *state;
    const char *kid = f->public.kid;

    refused(f, token_by(JWT_ALG_NONE, NULL, kid, soon()));
    const char *head = cs_printf(&arena, "{\"alg\":\"none\",\"kid\":\"%s\"}", kid);
    const char *body = cs_printf(&arena, "{\"exp\":%ld}", soon());
    refused(f, cs_printf(&arena, "%s.%s.", cs_base64url(&arena, head, strlen(head)),
                         cs_base64url(&arena, body, strlen(body))));
}

static void hmac_with_the_public_key_is_refused(void **state)
{
    struct fixture *f = *state;

    refused(f, token_by(JWT_ALG_HS256, f->public.pem, f->public.kid, soon()));
}

/* the signature's last character is left out: two of its bits carry nothing */
static void any_changed_character_is_refused(void **state)
{
    struct fixture *f = *state;
    char *token = cs_jwt_sign(&arena, &f->private, json_pack("{s:s}", "sub", "u1"), 60);
    size_t n = strlen(token);

    for (size_t i = 0; i + 1 < n; i++) {
        char kept = token[i];
        token[i] = kept == 'A' ? 'B' : 'A';
        refused(f, token);
        token[i] = kept;
    }
    token[n - 1] = '\0';
    refused(f, token);
}

/* the last character of 64 bytes carries two bits of them: each other text of the same bytes is refused */
static void another_text_of_the_same_bytes_is_refused(void **state)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct fixture *f = *state;
    char *token = cs_jwt_sign(&arena, &f->private, json_pack("{s:s}", "sub", "u1"), 60);
    size_t n = strlen(token), last = (size_t)(strchr(alphabet, token[n - 1]) - alphabet);
    json_t *claims = cs_jwt_verify(token, &f->public, 1);

    assert_non_null(claims);
    json_decref(claims);
    for (size_t bits = 1; bits < 16; bits++) {
        token[n - 1] = alphabet[(last & ~15U) | bits];
        refused(f, token);
    }
    token[n - 1] = alphabet[last];
    refused(f, cs_printf(&arena, "%s=", token));
    refused(f, cs_printf(&arena, "%s==", token));
}

static void malformed_is_refused(void **state)
{
    static const char *const tokens[] = {
        ".",     "..",       "e30..e30",    "e30.e30",        "e30.e30.e30.e30",
        "a.b.c", "e30.e30.", "e30.e30.e30", "\xff.\xff.\xff", "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"};
    struct fixture *f = *state;
    char *longest = cs_alloc(&arena, 1 << 16);

    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
        refused(f, tokens[i]);
    memset(longest, 'A', (1 << 16) - 1);
    refused(f, longest);
}

static void only_keys_on_p256_are_loaded(void **state)
{
    /* Ed25519, and no key at all */
    static const char *const pems[] = {
        ("-----BEGIN PUBLIC "
         "KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
         "-----END PUBLIC KEY-----\n"),
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", ""};
    struct cs_jwt_key key;
    (void)state;

    for (size_t i = 0; i < sizeof(pems) / sizeof(pems[0]); i++)
        assert_false(cs_jwt_key_load(pems[i], &key));
}

static void coordinates_are_32_bytes_each(void **state)
{
    struct fixture *f = *state;
    char *x, *y, *x2, *y2;

    assert_true(cs_jwt_coordinates(&arena, f->private.pem, &x, &y));
    assert_true(cs_jwt_coordinates(&arena, f->public.pem, &x2, &y2));
    assert_int_equal(strlen(x), 43);
    assert_int_equal(strlen(y), 43);
    assert_string_equal(x, x2);
    assert_string_equal(y, y2);
}

static char *file_of(const char *one, long long from_one, const char *two, long long from_two)
{
    return cs_printf(&arena, "used-from: %lld\n%s# a remark\nused-from: %lld\n%s", from_one, one,
                     from_two, two);
}

static void the_newest_key_of_a_file_signs(void **state)
{
    char *one = cs_jwt_new_pem(&arena), *two = cs_jwt_new_pem(&arena);
    long long now = cs_now_ms() / 1000;
    struct cs_jwt_key keys[4], public[2];
    (void)state;

    assert_true(cs_jwt_key_load(cs_jwt_public_pem(&arena, one), &public[0]));
    assert_true(cs_jwt_key_load(cs_jwt_public_pem(&arena, two), &public[1]));
    assert_int_equal(cs_jwt_keys_load(one, keys, 4), 1);
    assert_int_equal(keys[0].from_s, 0);
    cs_jwt_key_free(&keys[0]);
    for (int used = 0; used < 2; used++) {
        char *file = cs_printf(&arena, "%sused-from: %lld\n%s", one, used ? now : now + 600, two);
        assert_int_equal(cs_jwt_keys_load(file, keys, 4), 2);
        assert_string_not_equal(keys[0].kid, keys[1].kid);
        assert_ptr_equal(cs_jwt_keys_newest(keys, 2), &keys[used]);
        /* what either has signed is verified by the kid that it names */
        for (int i = 0; i < 2; i++) {
            char *token = cs_jwt_sign(&arena, &keys[i], json_object(), 60);
            json_t *claims = cs_jwt_verify(token, public, 2);
            assert_non_null(claims);
            json_decref(claims);
            assert_null(cs_jwt_verify(token, &public[1 - i], 1));
        }
        cs_jwt_key_free(&keys[0]);
        cs_jwt_key_free(&keys[1]);
    }
    assert_int_equal(cs_jwt_keys_load(file_of(one, now - 1, two, now - 9), keys, 4), 2);
    assert_ptr_equal(cs_jwt_keys_newest(keys, 2), &keys[0]);
    for (int i = 0; i < 2; i++) {
        cs_jwt_key_free(&keys[i]);
        cs_jwt_key_free(&public[i]);
    }
}

static void a_malformed_file_of_keys_is_refused(void **state)
{
    char *one = cs_jwt_new_pem(&arena), *two = cs_jwt_new_pem(&arena);
    char *files[] = {
        cs_strdup(&arena, ""),
        cs_strdup(&arena, "used-from: 1\n"),
        cs_printf(&arena, "%s%s", one, one), /* one kid twice */
        cs_printf(&arena, "%s-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", one),
        cs_printf(&arena, "used-from: soon\n%s", one),
        cs_printf(&arena, "used-from: -1\n%s", one),
        cs_printf(&arena, "%s%s%s", one, two, cs_jwt_new_pem(&arena)), /* more than 2 */
    };
    struct cs_jwt_key keys[2];
    (void)state;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        assert_int_equal(cs_jwt_keys_load(files[i], keys, 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_comes_back_with_its_claims),
        cmocka_unit_test(private_and_public_key_have_one_kid),
        cmocka_unit_test(expired_is_refused),
        cmocka_unit_test(without_an_end_is_refused),
        cmocka_unit_test(unknown_kid_is_refused),
        cmocka_unit_test(borrowed_kid_is_refused),
        cmocka_unit_test(alg_none_is_refused),
        cmocka_unit_test(hmac_with_the_public_key_is_refused),
        cmocka_unit_test(any_changed_character_is_refused),
        cmocka_unit_test(another_text_of_the_same_bytes_is_refused),
        cmocka_unit_test(malformed_is_refused),
        cmocka_unit_test(only_keys_on_p256_are_loaded),
        cmocka_unit_test(coordinates_are_32_bytes_each),
        cmocka_unit_test(the_newest_key_of_a_file_signs),
        cmocka_unit_test(a_malformed_file_of_keys_is_refused),
    };
    return test_run_with(tests, set_up, tear_down);
}
