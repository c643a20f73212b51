/* Codes and titles, distinct for each status. */
#include "test.h"

#include "base/err.h"

static const enum cs_error all[] = {
    CS_INVALID,  CS_UNAUTHENTICATED, CS_FORBIDDEN,  CS_NOT_FOUND,     CS_METHOD,
    CS_CONFLICT, CS_TOO_LARGE,       CS_MEDIA,      CS_UNPROCESSABLE, CS_LIMITED,
    CS_INTERNAL, CS_UPSTREAM,        CS_OVERLOADED, CS_TIMEOUT,
};
enum { N = sizeof(all) / sizeof(all[0]) };

static void each_has_its_own_words(void **state)
{
    (void)state;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(cs_error_code(all[i]), cs_error_code(all[j]));
            assert_string_not_equal(cs_error_title(all[i]), cs_error_title(all[j]));
        }
}

static void codes_are_for_programs(void **state)
{
    (void)state;
    assert_string_equal(cs_error_code(CS_NOT_FOUND), "not_found");
    assert_string_equal(cs_error_title(404), "Not found");
    for (int i = 0; i < N; i++)
        assert_int_equal(strspn(cs_error_code(all[i]), "abcdefghijklmnopqrstuvwxyz_"),
                         strlen(cs_error_code(all[i])));
}

static void unknown_status_is_internal(void **state)
{
    (void)state;
    assert_string_equal(cs_error_code(0), "internal");
    assert_string_equal(cs_error_code(418), "internal");
    assert_string_equal(cs_error_title(-404), "Internal error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_its_own_words),
        cmocka_unit_test(codes_are_for_programs),
        cmocka_unit_test(unknown_status_is_internal),
    };
    return test_run(tests);
}
