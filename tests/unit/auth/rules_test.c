/* Usernames, e-mail addresses, passwords and scopes on both sides of each rule. */
#include "test.h"

#include "auth/rules.h"

#define X10 "xxxxxxxxxx"
#define X40 X10 X10 X10 X10

static const char x40[] = X40, x41[] = X40 "x";

static void test_usernames(void **state)
{
    static const char *const good[] = {"ada", "Ada.Lovelace", "a-b_c.9", "0x0", x40};
    static const char *const bad[] = {"",        "ab",       "ada lovelace", "ada@x", "-ada",
                                      "ada\xc3", "../../ad", ".ada",         x41};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (rules_username(good[i]))
            fail_msg("%s was refused", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (!rules_username(bad[i]))
            fail_msg("%s was taken", bad[i]);
}

static void test_emails(void **state)
{
    static const char *const good[] = {"ada@example.org", "a.b+c@x-y.example", "admin@localhost",
                                       "o'hara@example.ie"};
    static const char *const bad[] = {
        "",
        "ada",
        "@example.org",
        "ada@",
        "a@b@c",
        "a b@c.org",
        "ada@-x.org",
        "ada@x-.org",
        "ada@x..org",
        "ada@.org",
        "ada@x.org.",
        "ada@x_y.org",
        "ada@x.org\n",
        "<ada>@x.org",
        "ada@[127.0.0.1]",
        "\"a\"@x.org",
        X40 X10 X10 "xxxxx@x.org",
        "ada@" X40 X40 ".org",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (rules_email(good[i]))
            fail_msg("%s was refused", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (!rules_email(bad[i]))
            fail_msg("%s was taken", bad[i]);
}

static void test_scopes(void **state)
{
    (void)state;
    assert_true(rules_scope("bots:read"));
    assert_true(rules_scope("events:write"));
    assert_false(rules_scope("bots"));
    assert_false(rules_scope("bots:admin"));
    assert_false(rules_scope("staff"));
    assert_false(rules_scope("bots:read,staff"));
    assert_false(rules_scope(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usernames),
        cmocka_unit_test(test_emails),
        cmocka_unit_test(test_scopes),
    };

    return test_run(tests);
}
