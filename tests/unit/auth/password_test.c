/* One password typed on many keyboards, and hashes made before it was normalised. */
#include "test.h"

#include "auth/password.h"
#include "crypto/crypto.h"

#define X10 "xxxxxxxxxx"
#define E_ACUTE "\xc3\xa9"
#define E_COMBINING "e\xcc\x81"
#define E5 E_ACUTE E_ACUTE E_ACUTE E_ACUTE E_ACUTE
#define COMBINING5 E_COMBINING E_COMBINING E_COMBINING E_COMBINING E_COMBINING

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(cs_crypto_init(), 0);
    return 0;
}

static void test_prepare(void **state)
{
    static const struct {
        const char *text, *prepared;
    } cases[] = {
        {"plain Text 1", "plain Text 1"},
        {COMBINING5, E5},
        {"a\xc2\xa0"
         "b\xe3\x80\x80"
         "c\xe2\x80\x83"
         "d",
         "a b c d"},
        {"  two  ", "  two  "},                           /* nothing is trimmed or joined */
        {"\xef\xbc\xa1\xc3\x9f", "\xef\xbc\xa1\xc3\x9f"}, /* width and case stay */
        {"\xe2\x84\xab", "\xc3\x85"},                     /* the Angstrom sign is the letter */
        {"\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91"},
        {"", NULL},
        {"tab\there", NULL},
        {"line\nend", NULL},
        {"\x7f", NULL},
        {"\xc2\x85", NULL},
        {"cut\xc3", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *prepared = password_prepare(&arena, cases[i].text);
        if (cases[i].prepared)
            assert_string_equal(prepared, cases[i].prepared);
        else
            assert_null(prepared);
    }
}

/* characters of the prepared form count, neither bytes nor marks */
static void test_length(void **state)
{
    (void)state;
    assert_null(password_wrong(&arena, "0123456789"));
    assert_non_null(password_wrong(&arena, "012345678"));
    assert_non_null(password_wrong(&arena, ""));
    assert_non_null(password_wrong(&arena, E5));
    assert_non_null(password_wrong(&arena, COMBINING5));
    assert_null(password_wrong(&arena, E5 E5));
    assert_null(password_wrong(&arena, COMBINING5 COMBINING5));
    assert_string_equal(
        password_wrong(&arena, X10 "\n"),
        "The value must not contain control characters or more than 30 combining marks in a row.");
}

static void test_one_password_of_all_keyboards(void **state)
{
    const char *hash = password_hash(&arena, COMBINING5 COMBINING5);
    bool stale = true;

    (void)state;
    assert_true(password_verify(&arena, hash, E5 E5, &stale));
    assert_false(stale);
    assert_true(password_verify(&arena, hash, COMBINING5 COMBINING5, &stale));
    assert_false(stale);
    assert_false(password_verify(&arena, hash, E5 "eeeee", &stale));
    assert_false(stale);
}

/* what an earlier version hashed still works, and is noticed where it should be hashed anew */
static void test_hashes_of_the_version_before(void **state)
{
    const char *raw = cs_password_hash(&arena, COMBINING5 COMBINING5);
    const char *control = cs_password_hash(&arena, X10 "\t");
    bool stale = false;

    (void)state;
    assert_true(password_verify(&arena, raw, COMBINING5 COMBINING5, &stale));
    assert_true(stale);
    assert_false(password_verify(&arena, raw, E5 E5, &stale));
    assert_false(stale);
    assert_true(password_verify(&arena, control, X10 "\t", &stale));
    assert_false(stale);
}

static void test_no_hash(void **state)
{
    bool stale = true;

    (void)state;
    assert_false(password_verify(&arena, NULL, COMBINING5 COMBINING5, &stale));
    assert_false(stale);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prepare),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_one_password_of_all_keyboards),
        cmocka_unit_test(test_hashes_of_the_version_before),
        cmocka_unit_test(test_no_hash),
    };

    return test_run_with(tests, set_up, NULL);
}
