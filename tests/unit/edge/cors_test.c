/* Lists of origins, and pages that are allowed by them. */
#include "test.h"

#include "edge/cors.h"

static void test_a_list(void **state)
{
    (void)state;
    const char *wrong = NULL;
    struct cors c;

    assert_true(cors_init(&c, "https://a.example, http://localhost:3000", &wrong));
    assert_true(cors_allowed(&c, "https://a.example", false));
    assert_true(cors_allowed(&c, "http://localhost:3000", false));
    assert_false(cors_allowed(&c, "http://localhost:3001", false));
    assert_false(cors_allowed(&c, "https://a.example.evil.example", false));
    assert_false(cors_allowed(&c, "null", false));
    assert_true(cors_allowed(&c, "https://anything.example", true));
    cors_free(&c);
}

static void test_nothing_and_all(void **state)
{
    (void)state;
    const char *wrong = NULL;
    struct cors c;

    assert_true(cors_init(&c, NULL, &wrong));
    assert_false(cors_allowed(&c, "https://a.example", false));
    cors_free(&c);
    assert_true(cors_init(&c, "*", &wrong));
    assert_true(cors_allowed(&c, "https://a.example", false));
    cors_free(&c);
}

static void test_what_is_no_origin(void **state)
{
    (void)state;
    static const char *const bad[] = {"a.example", "https://a.example/", "https://", "ftp://a",
                                      "https://*.example"};
    struct cors c;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *wrong = NULL;
        assert_false(cors_init(&c, bad[i], &wrong));
        assert_string_equal(wrong, bad[i]);
        cors_free(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_list),
        cmocka_unit_test(test_nothing_and_all),
        cmocka_unit_test(test_what_is_no_origin),
    };

    return test_run(tests);
}
