/* Signatures of Standard Webhooks: the example of its specification, and secrets. */
#include "test.h"

#include "crypto/crypto.h"
#include "crypto/webhook.h"

static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
static const char id[] = "msg_p5jXN8AQM9LWM0D4loKWxJek", body[] = "{\"test\": 2432232314}";

static void the_example_of_the_specification(void **state)
{
    (void)state;
    assert_string_equal(cs_webhook_sign(&arena, secret, id, 1614265330, body, strlen(body)),
                        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void another_body_has_another_signature(void **state)
{
    (void)state;
    assert_string_not_equal(cs_webhook_sign(&arena, secret, id, 1614265330, body, strlen(body) - 1),
                            cs_webhook_sign(&arena, secret, id, 1614265330, body, strlen(body)));
}

static void a_new_secret_signs_and_a_malformed_one_does_not(void **state)
{
    const char *one = cs_webhook_secret_new(&arena), *two = cs_webhook_secret_new(&arena);

    (void)state;
    assert_string_not_equal(one, two);
    assert_non_null(cs_webhook_sign(&arena, one, id, 1, body, 1));
    assert_null(cs_webhook_sign(&arena, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", id, 1, body, 1));
    assert_null(cs_webhook_sign(&arena, "whsec_!", id, 1, body, 1));
}

static int set_up(void **state)
{
    (void)state;
    return cs_crypto_init();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_specification),
        cmocka_unit_test(another_body_has_another_signature),
        cmocka_unit_test(a_new_secret_signs_and_a_malformed_one_does_not),
    };
    return test_run_with(tests, set_up, NULL);
}
