/* Registration in each of its modes. */
#include "test.h"

#include "auth/registration.h"

static void test_modes(void **state)
{
    (void)state;
    assert_false(registration_init(""));
    assert_false(registration_init("Open"));
    assert_true(registration_init("closed"));
    assert_non_null(registration_refusal(NULL));
    assert_non_null(registration_refusal("inv_x"));
    assert_true(registration_init("invite"));
    assert_non_null(registration_refusal(NULL));
    assert_null(registration_refusal("inv_x"));
    assert_true(registration_init("open"));
    assert_null(registration_refusal(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_modes)};

    return test_run(tests);
}
