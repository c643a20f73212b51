/* Callers accepted and refused by signature, user, role, staff and session. */
#include "test.h"

#include "auth/auth.h"
#include "auth/caller.h"
#include "chatsphere/v1/names.h"
#include "crypto/context.h"
#include "crypto/crypto.h"

#define USER "0190a000-0000-7000-8000-000000000001"
#define TENANT "0190a000-0000-7000-8000-000000000002"
#define SESSION "0190a000-0000-7000-8000-000000000003"

cs_handler_fn on_Auth_issue_visitor_token;

static struct cs_signer *edge, *embed;

static struct cs_signer *signer(const char *name, char **ret_line)
{
    char *key;

    cs_signer_make(&arena, name, &key, ret_line);
    return cs_signer_new(key);
}

static int set_up(void **state)
{
    char *one, *two;

    (void)state;
    assert_int_equal(cs_crypto_init(), 0);
    edge = signer("edge", &one);
    embed = signer("embed", &two);
    assert_int_equal(caller_init(cs_printf(&arena, "%s\n%s\n", one, two)), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    caller_free();
    cs_signer_free(edge);
    cs_signer_free(embed);
    return 0;
}

static struct cs_call call_of(const char *principal, const char *roles, struct cs_signer *by)
{
    struct cs_call call = {.arena = &arena,
                           .request_id = "r",
                           .tenant = TENANT,
                           .principal = principal,
                           .roles = roles};
    struct cs_context c = {call.request_id, call.tenant, call.principal, call.roles, call.session};

    call.auth = by ? cs_context_sign(&arena, by, &c) : NULL;
    return call;
}

static void test_signature(void **state)
{
    struct cs_call call = call_of("user:" USER, "owner", edge);

    (void)state;
    assert_int_equal(caller_signed(&call), 0);
    call.roles = "owner,staff";
    assert_true(caller_signed(&call) < 0);
    assert_int_equal(call.status, CS_UNAUTHENTICATED);
    call = call_of("user:" USER, "owner", edge);
    call.tenant = USER;
    assert_true(caller_signed(&call) < 0);
    call = call_of("user:" USER, "owner", NULL);
    assert_true(caller_signed(&call) < 0);
    call = call_of("user:" USER, "owner", embed);
    assert_true(caller_signed(&call) < 0);
}

static int user_status(const char *principal)
{
    struct cs_call call = call_of(principal, "owner", edge);
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
    struct cs_call call = call_of("user:" USER, roles, edge);
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

/* staff is a word of its own, and must be signed */
static void test_staff(void **state)
{
    struct cs_call call = call_of("user:" USER, "owner,staff", edge);
    const char *user;

    (void)state;
    assert_int_equal(caller_staff(&call, &user), 0);
    assert_string_equal(user, USER);
    call = call_of("user:" USER, "owner,staffer", edge);
    assert_true(caller_staff(&call, &user) < 0);
    assert_int_equal(call.status, CS_FORBIDDEN);
    call = call_of("user:" USER, "owner,staff", NULL);
    assert_true(caller_staff(&call, &user) < 0);
    assert_int_equal(call.status, CS_UNAUTHENTICATED);
}

static const char *session_of(const char *session)
{
    struct cs_call call = call_of("user:" USER, "owner", NULL);

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

/* the session is part of what is signed */
static void test_another_session_breaks_the_signature(void **state)
{
    struct cs_call call = call_of("user:" USER, "owner", edge);

    (void)state;
    assert_int_equal(caller_signed(&call), 0);
    call.session = SESSION;
    assert_true(caller_signed(&call) < 0);
    assert_int_equal(call.status, CS_UNAUTHENTICATED);
}

/* whoever has only a bus credential gets no token for somebody else's session */
static void test_tokens_need_a_signature(void **state)
{
    struct cs_call call = call_of(NULL, NULL, embed);
    VisitorToken rep = VISITOR_TOKEN_INIT;
    IssueVisitorTokenRequest req = ISSUE_VISITOR_TOKEN_REQUEST_INIT;

    (void)state;
    assert_true(on_Auth_issue_visitor_token(&call, &req, &rep) < 0);
    assert_int_equal(call.status, CS_UNAUTHENTICATED);
    assert_null(rep.token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signature),
        cmocka_unit_test(test_user),
        cmocka_unit_test(test_manager),
        cmocka_unit_test(test_staff),
        cmocka_unit_test(test_session),
        cmocka_unit_test(test_another_session_breaks_the_signature),
        cmocka_unit_test(test_tokens_need_a_signature),
    };

    return test_run_with(tests, set_up, tear_down);
}
