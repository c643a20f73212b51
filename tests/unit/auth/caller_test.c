/* Callers accepted and refused by user, role, staff and session. */
#include "test.h"

#include "auth/auth.h"
#include "auth/caller.h"

#define USER "0190a000-0000-7000-8000-000000000001"
#define TENANT "0190a000-0000-7000-8000-000000000002"
#define SESSION "0190a000-0000-7000-8000-000000000003"

static struct cs_call call_of(const char *principal, const char *roles)
{
    return (struct cs_call){.arena = &arena,
                            .request_id = "r",
                            .tenant = TENANT,
                            .principal = principal,
                            .roles = roles};
}

static int user_status(const char *principal)
{
    struct cs_call call = call_of(principal, "owner");
    const char *user;

    return caller_user(&call, &user) < 0 ? call.status : 0;
}

static void test_user(void **state)
{
    (void)state;
    assert_int_equal(user_status("user:" USER), 0);
    assert_int_equal(user_status("key:" USER), CS_FORBIDDEN);
    assert_int_equal(user_status("user:1"), CS_FORBIDDEN);
    assert_int_equal(user_status(NULL), CS_UNAUTHENTICATED);
}

static int manager_status(const char *roles)
{
    struct cs_call call = call_of("user:" USER, roles);
    const char *user;

    return caller_manager(&call, &user) < 0 ? call.status : 0;
}

static void test_manager(void **state)
{
    (void)state;
    assert_int_equal(manager_status("owner"), 0);
    assert_int_equal(manager_status("admin,staff"), 0);
    assert_int_equal(manager_status("editor"), CS_FORBIDDEN);
    assert_int_equal(manager_status("staff"), CS_FORBIDDEN);
    assert_int_equal(manager_status(NULL), CS_FORBIDDEN);
}

/* staff is a word of its own */
static void test_staff(void **state)
{
    struct cs_call call = call_of("user:" USER, "owner,staff");
    const char *user;

    (void)state;
    assert_int_equal(caller_staff(&call, &user), 0);
    assert_string_equal(user, USER);
    call = call_of("user:" USER, "owner,staffer");
    assert_true(caller_staff(&call, &user) < 0);
    assert_int_equal(call.status, CS_FORBIDDEN);
}

static const char *session_of(const char *session)
{
    struct cs_call call = call_of("user:" USER, "owner");

    call.session = session;
    return caller_session(&call);
}

static void test_session(void **state)
{
    (void)state;
    assert_string_equal(session_of(SESSION), SESSION);
    assert_null(session_of(NULL));
    assert_null(session_of(SESSION "0"));
    assert_null(session_of("'); drop table sessions; --xxxxxxxxx"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_user),
        cmocka_unit_test(test_manager),
        cmocka_unit_test(test_staff),
        cmocka_unit_test(test_session),
    };

    return test_run(tests);
}
