/* Tokens and API keys checked through a stand-in for the bridge, guessing included. */
#include "test.h"

#include "edge/token.h"

#include "base/clock.h"
#include "base/err.h"
#include "chatsphere/v1/names.h"
#include "crypto/crypto.h"

#include "bridge.h"

static void test_bearer(void **state)
{
    (void)state;
    char longest[5000];

    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = 0;
    memcpy(longest, "Bearer ", 7);
    assert_string_equal(token_bearer("Bearer abc.d-_"), "abc.d-_");
    assert_string_equal(token_bearer("bearer  cs_x"), "cs_x");
    assert_null(token_bearer(NULL));
    assert_null(token_bearer(""));
    assert_null(token_bearer("Bearer"));
    assert_null(token_bearer("Bearer "));
    assert_null(token_bearer("Basic abc"));
    assert_null(token_bearer("Bearerabc"));
    assert_null(token_bearer("Bearer a b"));
    assert_null(token_bearer("Bearer a\tb"));
    assert_null(token_bearer("Bearer \xc3\xa4"));
    assert_null(token_bearer(longest));
}

static void check_kid(const char *header, const char *kid)
{
    char out[TOKEN_KID_SIZE] = "";

    const char *jwt = cs_printf(&arena, "%s.e30.x", cs_base64url(&arena, header, strlen(header)));
    assert_int_equal(token_kid(jwt, out), kid != NULL);
    if (kid)
        assert_string_equal(out, kid);
}

static void test_kid(void **state)
{
    (void)state;
    char out[TOKEN_KID_SIZE];

    check_kid("{\"alg\":\"ES256\",\"kid\":\"k1\"}", "k1");
    check_kid("{\"alg\":\"ES256\"}", NULL);
    check_kid("{\"kid\":7}", NULL);
    check_kid("{\"kid\":\"0123456789012345678901234567890123456789012345678\"}", NULL);
    check_kid("[\"kid\"]", NULL);
    check_kid("{\"kid\":", NULL);
    assert_false(token_kid("", out));
    assert_false(token_kid("abc", out));
    assert_false(token_kid("....", out));
    assert_false(token_kid("!!!.e30.x", out));
}

/* ---- what is asked of auth ---- */

enum { NOT_YET = -1, GUESSES = 60 };

struct asker {
    struct token_check check;
    int status;
};

static struct {
    struct limits *limits;
    struct keys *keys;
    struct tokens *tokens;
    struct cs_jwt_key key;
} edge;

static void begin(long factor)
{
    char *pem = cs_jwt_new_pem(&arena);

    edge.limits = limits_new(factor);
    edge.keys = keys_new(NULL);
    edge.tokens = tokens_new(NULL, edge.keys, edge.limits);
    assert_true(cs_jwt_key_load(pem, &edge.key));
    n_sent = 0;
}

static void end(void)
{
    tokens_free(edge.tokens);
    keys_free(edge.keys);
    limits_free(edge.limits);
    cs_jwt_key_free(&edge.key);
}

static void on_done(void *user, int status, const struct identity *who)
{
    struct asker *a = user;

    assert_int_equal(status == 0, who != NULL);
    a->status = status;
}

static struct asker *ask(const char *bearer, const char *address)
{
    struct asker *a = CS_NEW(&arena, struct asker, 1);

    a->status = NOT_YET;
    a->check = (struct token_check){
        .bearer = bearer, .request_id = "r", .address = address, .done = on_done, .user = a};
    tokens_check(edge.tokens, &a->check);
    return a;
}

static const char *guess(void)
{
    static int n;

    return cs_printf(&arena, "cs_guess-%d", n++);
}

static void say_good(struct bridge_call *call)
{
    Principal p = PRINCIPAL_INIT;

    p.tenant_id = cs_strdup(&arena, "t");
    p.principal = cs_strdup(&arena, "key:k");
    answer(call, 0, &p.base);
}

/* how many of n unknown keys were asked about */
static size_t guess_often(int n, const char *address)
{
    size_t before = n_sent;

    for (int i = 0; i < n; i++) {
        struct asker *a = ask(guess(), address);
        if (a->status == NOT_YET)
            answer(sent[n_sent - 1], CS_UNAUTHENTICATED, NULL);
        else
            assert_int_equal(a->status, CS_LIMITED);
    }
    return n_sent - before;
}

static void test_guessing_is_limited_by_address(void **state)
{
    (void)state;
    begin(1);
    assert_int_equal(guess_often(200, "a"), GUESSES);
    struct asker *late = ask(guess(), "a");
    assert_int_equal(late->status, CS_LIMITED);
    assert_in_range(late->check.wait_ms, 1, 1001);
    assert_int_equal(guess_often(1, "b"), 1);
    end();
}

/* twice what is allowed */
static void guess_at_once(const char *address)
{
    size_t from = n_sent;

    for (int i = 0; i < 2 * GUESSES; i++)
        ask(guess(), address);
    assert_int_equal(n_sent - from, 2 * GUESSES);
    for (size_t i = from; i < n_sent; i++)
        answer(sent[i], CS_UNAUTHENTICATED, NULL);
}

/* before the first answer is there nothing is known against them; afterwards they owe */
static void test_guessing_at_once_is_made_up_for(void **state)
{
    (void)state;
    begin(1);
    guess_at_once("a");
    assert_in_range(ask(guess(), "a")->check.wait_ms, 55 * 1000, 62 * 1000);
    end();
}

static void test_good_keys_cost_nothing(void **state)
{
    (void)state;
    begin(1);
    for (int i = 0; i < 3 * GUESSES; i++) {
        struct asker *a = ask(guess(), "a");
        assert_int_equal(a->status, NOT_YET);
        say_good(sent[n_sent - 1]);
        assert_int_equal(a->status, 0);
    }
    end();
}

static void test_auth_away_costs_nothing(void **state)
{
    (void)state;
    begin(1);
    for (int i = 0; i < 3 * GUESSES; i++) {
        struct asker *a = ask(guess(), "a");
        answer(sent[n_sent - 1], CS_OVERLOADED, NULL);
        assert_int_equal(a->status, CS_OVERLOADED);
    }
    end();
}

static void test_a_good_key_goes_on_beside_a_guesser(void **state)
{
    (void)state;
    begin(1);
    ask("cs_good", "a");
    say_good(sent[0]);
    guess_at_once("a");
    cs_sleep_ms(2010);
    struct asker *a = ask("cs_good", "a");
    assert_int_equal(a->status, NOT_YET);
    say_good(sent[n_sent - 1]);
    assert_int_equal(a->status, 0);
    end();
}

/* a flood of sign-ins delays auth; it signs nobody out, and lets nobody in */
static void test_auth_overloaded_is_believed_as_it_was(void **state)
{
    (void)state;
    static const int overloaded[] = {CS_OVERLOADED, CS_TIMEOUT};

    for (size_t i = 0; i < LEN(overloaded); i++) {
        begin(1);
        ask("cs_good", "a");
        say_good(sent[0]);
        cs_sleep_ms(2010);
        struct asker *good = ask("cs_good", "a"), *fresh = ask("cs_fresh", "a");
        assert_int_equal(good->status, NOT_YET);
        assert_true(sent[n_sent - 2]->timeout_ms < sent[n_sent - 1]->timeout_ms);
        answer(sent[n_sent - 2], overloaded[i], NULL);
        answer(sent[n_sent - 1], overloaded[i], NULL);
        assert_int_equal(good->status, 0);
        assert_int_equal(fresh->status, overloaded[i]);
        cs_sleep_ms(2010);
        good = ask("cs_good", "a");
        answer(sent[n_sent - 1], CS_UNAUTHENTICATED, NULL);
        assert_int_equal(good->status, CS_UNAUTHENTICATED);
        end();
    }
}

static void test_an_unknown_key_is_remembered(void **state)
{
    (void)state;
    begin(1);
    struct asker *a = ask("cs_gone", "a"), *b = ask("cs_gone", "a");
    assert_int_equal(n_sent, 1);
    answer(sent[0], CS_UNAUTHENTICATED, NULL);
    assert_int_equal(a->status, CS_UNAUTHENTICATED);
    assert_int_equal(b->status, CS_UNAUTHENTICATED);
    cs_sleep_ms(2500);
    assert_int_equal(ask("cs_gone", "a")->status, CS_UNAUTHENTICATED);
    assert_int_equal(n_sent, 1);
    end();
}

static unsigned set_of(const char *bearer)
{
    unsigned char hash[32];

    cs_sha256(hash, bearer, strlen(bearer));
    return (hash[0] | hash[1] << 8) % 1024;
}

/* the memory is bounded, and guesses may not use it up */
static void test_guesses_push_out_no_good_key(void **state)
{
    (void)state;
    const char *others[10];

    for (int n = 0; n < 10;) {
        others[n] = guess();
        n += set_of(others[n]) == set_of("cs_good");
    }
    begin(1);
    ask("cs_good", "a");
    say_good(sent[0]);
    for (int n = 0; n < 10; n++) {
        ask(others[n], "a");
        answer(sent[n_sent - 1], CS_UNAUTHENTICATED, NULL);
    }
    assert_int_equal(ask("cs_good", "a")->status, 0);
    end();
}

static void test_no_limit_when_switched_off(void **state)
{
    (void)state;
    begin(0);
    assert_int_equal(guess_often(4 * GUESSES, "a"), 4 * GUESSES);
    end();
}

static const char *jwt(const struct cs_jwt_key *key)
{
    return cs_jwt_sign(
        &arena, key,
        json_pack("{s:s, s:s, s:s, s:s}", "sub", "u", "tid", "t", "role", "owner", "sid", "s"), 60);
}

/* signed by nobody we know: auth is not bothered */
static void test_a_forged_jwt_is_refused_here(void **state)
{
    (void)state;
    struct cs_jwt_key stranger;
    Jwks set = JWKS_INIT;
    Jwk key = JWK_INIT, *list[] = {&key};

    begin(1);
    key.pem = cs_jwt_public_pem(&arena, edge.key.pem);
    set.keys = list;
    set.n_keys = 1;
    keys_tick(edge.keys);
    answer(sent[0], 0, &set.base);
    assert_true(cs_jwt_key_load(cs_jwt_new_pem(&arena), &stranger));
    assert_int_equal(ask(jwt(&stranger), "a")->status, CS_UNAUTHENTICATED);
    memcpy(stranger.kid, edge.key.kid, sizeof(stranger.kid));
    assert_int_equal(ask(jwt(&stranger), "a")->status, CS_UNAUTHENTICATED);
    assert_int_equal(n_sent, 1);
    assert_int_equal(ask(jwt(&edge.key), "a")->status, NOT_YET);
    assert_int_equal(n_sent, 2);
    answer(sent[1], CS_UNAUTHENTICATED, NULL);
    cs_jwt_key_free(&stranger);
    end();
}

static void say_keys(const struct cs_jwt_key *one, const struct cs_jwt_key *two)
{
    Jwks set = JWKS_INIT;
    Jwk first = JWK_INIT, second = JWK_INIT, *list[] = {&first, &second};

    first.pem = cs_jwt_public_pem(&arena, one->pem);
    second.pem = two ? cs_jwt_public_pem(&arena, two->pem) : NULL;
    set.keys = list;
    set.n_keys = two ? 2 : 1;
    answer(sent[n_sent - 1], 0, &set.base);
}

/* a token is known by its hash, but not beyond the key that signed it */
static void test_a_token_ends_with_its_key(void **state)
{
    (void)state;
    struct cs_jwt_key old;

    begin(1);
    assert_true(cs_jwt_key_load(cs_jwt_new_pem(&arena), &old));
    const char *token = jwt(&old), *other = jwt(&edge.key);
    const struct identity *who = NULL;
    keys_tick(edge.keys);
    struct bridge_call *fetch = sent[0];
    say_keys(&old, &edge.key);
    struct asker *a = ask(token, "a");
    say_good(sent[n_sent - 1]);
    assert_int_equal(a->status, 0);
    assert_int_equal(tokens_known(edge.tokens, token, &who), TOKEN_GOOD);
    assert_string_equal(who->tenant, "t");
    struct asker *fresh = ask(other, "a");
    say_good(sent[n_sent - 1]);
    assert_int_equal(fresh->status, 0);

    sent[n_sent - 1] = fetch; /* auth lists one of them only */
    say_keys(&edge.key, NULL);
    assert_int_equal(tokens_known(edge.tokens, token, &who), TOKEN_BAD);
    assert_int_equal(ask(token, "a")->status, CS_UNAUTHENTICATED);
    assert_int_equal(ask(token, "a")->status, CS_UNAUTHENTICATED); /* as unknown as any other now */
    assert_int_equal(ask(other, "a")->status, 0);
    cs_jwt_key_free(&old);
    end();
}

/* Requests whose key is being fetched have places, and a client that leaves gives its place back. */
static void test_waiting_for_keys_has_places(void **state)
{
    (void)state;
    enum { PLACES = 1024 };
    struct asker *first = NULL;

    begin(1);
    const char *token = jwt(&edge.key);
    for (int i = 0; i < PLACES; i++) {
        struct asker *a = ask(token, "a");
        assert_int_equal(a->status, NOT_YET);
        first = first ? first : a;
    }
    assert_int_equal(ask(token, "a")->status, CS_OVERLOADED);
    tokens_forget(&first->check);
    tokens_forget(&first->check);
    assert_int_equal(ask(token, "a")->status, NOT_YET);
    assert_int_equal(ask(token, "a")->status, CS_OVERLOADED);
    assert_int_equal(n_sent, 1);
    say_keys(&edge.key, NULL);
    assert_int_equal(n_sent, 2); /* all of them ask one question about the token */
    say_good(sent[1]);
    end();
}

static int set_up(void **state)
{
    (void)state;
    return cs_crypto_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bearer),
        cmocka_unit_test(test_kid),
        cmocka_unit_test(test_guessing_is_limited_by_address),
        cmocka_unit_test(test_guessing_at_once_is_made_up_for),
        cmocka_unit_test(test_good_keys_cost_nothing),
        cmocka_unit_test(test_auth_away_costs_nothing),
        cmocka_unit_test(test_a_good_key_goes_on_beside_a_guesser),
        cmocka_unit_test(test_auth_overloaded_is_believed_as_it_was),
        cmocka_unit_test(test_an_unknown_key_is_remembered),
        cmocka_unit_test(test_guesses_push_out_no_good_key),
        cmocka_unit_test(test_no_limit_when_switched_off),
        cmocka_unit_test(test_a_forged_jwt_is_refused_here),
        cmocka_unit_test(test_a_token_ends_with_its_key),
        cmocka_unit_test(test_waiting_for_keys_has_places),
    };

    return test_run_with(tests, set_up, NULL);
}
