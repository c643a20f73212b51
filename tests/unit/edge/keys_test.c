/* Keys fetched from auth through a stand-in for the bridge. */
#include "test.h"

#include "edge/keys.h"

#include "base/clock.h"
#include "chatsphere/v1/names.h"

#include "bridge.h"

static char *private_pem;

static void answer_keys(struct bridge_call *call)
{
    Jwks set = JWKS_INIT;
    Jwk key = JWK_INIT, *list[] = {&key};

    key.pem = cs_jwt_public_pem(&arena, private_pem);
    set.keys = list;
    set.n_keys = 1;
    answer(call, 0, &set.base);
}

/* auth is away: how long until it is asked again */
static int64_t pause_after_failure(struct keys *k)
{
    int64_t began = cs_mono_ms();
    size_t before = n_sent;

    answer(sent[n_sent - 1], 503, NULL);
    while (n_sent == before) {
        int wait = keys_tick(k);
        assert_true(n_sent > before || wait <= 1000);
        if (n_sent == before)
            cs_sleep_ms(wait > 20 ? 20 : wait);
    }
    return cs_mono_ms() - began;
}

static void test_asking_an_absent_auth_has_pauses(void **state)
{
    (void)state;
    struct keys *k = keys_new(NULL);
    int64_t longest = 0;

    n_sent = 0;
    assert_true(keys_tick(k) > 0);
    assert_int_equal(n_sent, 1);
    keys_tick(k);
    assert_int_equal(n_sent, 1); /* under way */
    assert_true(pause_after_failure(k) >= 50);
    for (int i = 0; i < 6; i++)
        longest = pause_after_failure(k);
    assert_true(longest >= 1000);
    assert_int_equal(n_sent, 8);
    answer_keys(sent[n_sent - 1]);
    assert_true(keys_sure(k));
    assert_in_range(keys_tick(k), 55 * 1000, 60 * 1000);
    assert_int_equal(n_sent, 8);
    keys_free(k);
}

static void test_a_key_is_known_by_its_name(void **state)
{
    (void)state;
    struct keys *k = keys_new(NULL);
    struct cs_jwt_key key;

    assert_true(cs_jwt_key_load(private_pem, &key));
    n_sent = 0;
    keys_tick(k);
    assert_false(keys_have(k, key.kid));
    answer_keys(sent[0]);
    assert_true(keys_have(k, key.kid));
    assert_false(keys_fetch(k)); /* too soon after the last */
    assert_int_equal(n_sent, 1);
    cs_jwt_key_free(&key);
    keys_free(k);
}

static int set_up(void **state)
{
    (void)state;
    private_pem = cs_jwt_new_pem(&arena);
    return private_pem ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asking_an_absent_auth_has_pauses),
        cmocka_unit_test(test_a_key_is_known_by_its_name),
    };

    return test_run_with(tests, set_up, NULL);
}
