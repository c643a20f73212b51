#include "edge/token.h"

#include "crypto/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

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
    struct cs_arena a;
    char out[TOKEN_KID_SIZE] = "";

    cs_arena_init(&a);
    const char *jwt = cs_printf(&a, "%s.e30.x", cs_base64url(&a, header, strlen(header)));
    assert_int_equal(token_kid(jwt, out), kid != NULL);
    if (kid)
        assert_string_equal(out, kid);
    cs_arena_dispose(&a);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bearer),
        cmocka_unit_test(test_kid),
    };

    return cs_crypto_init() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
