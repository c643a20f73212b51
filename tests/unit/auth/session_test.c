/* session: the sign-ins that find a place in a lane that strangers have filled. */
#include "test.h"

#include "auth/attempt.h"
#include "auth/session.h"
#include "base/clock.h"

static bool login_is_friendly(const char *address, const char *username, const char *email)
{
    LoginRequest req = CHATSPHERE__V1__LOGIN_REQUEST__INIT;
    unsigned char body[8192];

    req.address = (char *)address;
    req.username = (char *)username;
    req.email = (char *)email;
    req.password = (char *)"correct horse battery";
    return session_friendly("login", body, protobuf_c_message_pack(&req.base, body));
}

static void a_sign_in_is_friendly_where_its_account_signed_in_before(void **state)
{
    struct attempt a = attempt_of("192.0.2.7", "ada", cs_mono_ms());

    (void)state;
    assert_false(login_is_friendly("192.0.2.7", "ada", NULL));
    attempt_note(&a, true, cs_mono_ms());
    assert_true(login_is_friendly("192.0.2.7", "ada", NULL));
    assert_true(login_is_friendly("192.0.2.9", NULL, "Ada"));
    assert_false(login_is_friendly("198.51.100.7", "ada", NULL));
    assert_false(login_is_friendly("192.0.2.7", "bob", NULL));
    assert_false(login_is_friendly("192.0.2.7", NULL, NULL));
}

static void what_cannot_be_read_is_a_strangers(void **state)
{
    static char name[6000];

    (void)state;
    memset(name, 'a', sizeof(name) - 1);
    assert_false(login_is_friendly("192.0.2.7", name, NULL));
    assert_false(session_friendly("login", "\xff\xff\xff", 3));
    assert_false(session_friendly("register_user", "", 0));
    assert_true(session_friendly("change_password", "", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sign_in_is_friendly_where_its_account_signed_in_before),
        cmocka_unit_test(what_cannot_be_read_is_a_strangers),
    };
    return test_run(tests);
}
