/* Problems as handlers set them, and the caller's roles and deadline. */
#include "test.h"

#include "bus/call_state.h"
#include "bus/client.h"

static struct cs_call new_call(void)
{
    cs_arena_reset(&arena);
    return (struct cs_call){.arena = &arena, .request_id = "r"};
}

static void fail_sets_status_and_detail(void **state)
{
    struct cs_call call = new_call();
    (void)state;

    assert_int_equal(cs_fail(&call, CS_CONFLICT, "%s is taken", "a@b"), -409);
    assert_int_equal(call.status, 409);
    assert_string_equal(call.detail, "a@b is taken");
}

/* one check and one answer for every service */
static void a_caller_has_a_principal_and_a_workspace(void **state)
{
    static const struct {
        const char *tenant, *principal;
        int status;
    } cases[] = {
        {"0190a000-0000-7000-8000-000000000002", "user:u", 0},
        {"0190a000-0000-7000-8000-000000000002", NULL, CS_UNAUTHENTICATED},
        {NULL, "user:u", CS_UNAUTHENTICATED},
        {"not an id", "user:u", CS_UNAUTHENTICATED},
    };
    (void)state;

    for (size_t i = 0; i < LEN(cases); i++) {
        struct cs_call call = new_call();
        call.tenant = cases[i].tenant;
        call.principal = cases[i].principal;
        assert_int_equal(cs_need_caller(&call), -cases[i].status);
        assert_int_equal(call.status, cases[i].status);
    }
}

static void fields_add_up(void **state)
{
    struct cs_call call = new_call();
    (void)state;

    assert_true(cs_fail_field(&call, "name", "at most %d", 5) < 0);
    assert_string_equal(call.detail, "The field name is invalid. at most 5");
    assert_true(cs_fail_field(&call, "email", "must be one") < 0);
    assert_int_equal(call.status, 400);
    assert_int_equal(call.fields->n, 2);
    assert_string_equal(call.fields->at[0]->field, "name");
    assert_string_equal(call.fields->at[0]->message, "at most 5");
    assert_string_equal(call.fields->at[1]->field, "email");
    assert_string_equal(call.detail, "2 fields are invalid.");
}

static void fields_are_bounded(void **state)
{
    struct cs_call call = new_call();
    (void)state;

    for (int i = 0; i < 3 * PBJSON_MAX_ERRORS; i++)
        cs_fail_field(&call, "f", "wrong");
    assert_int_equal(call.fields->n, PBJSON_MAX_ERRORS);
}

static void another_failure_forgets_fields(void **state)
{
    struct cs_call call = new_call();
    (void)state;

    cs_fail_field(&call, "f", "wrong");
    cs_fail(&call, CS_NOT_FOUND, "The bot does not exist.");
    assert_null(call.fields);
}

static void internal_detail_stays_inside(void **state)
{
    struct cs_call call = new_call();
    (void)state;

    assert_int_equal(cs_fail_internal(&call, "disk is full"), -500);
    assert_null(call.detail);
}

static void clear_forgets(void **state)
{
    struct cs_call call = new_call();
    (void)state;

    cs_fail_field(&call, "f", "wrong");
    call.retry_after_ms = 7;
    cs_ask_clear(&call);
    assert_int_equal(call.status, 0);
    assert_null(call.detail);
    assert_null(call.fields);
    assert_int_equal(call.retry_after_ms, 0);
}

static void roles_match_whole_words(void **state)
{
    struct cs_call call = new_call();
    (void)state;

    assert_false(cs_has_role(&call, "admin"));
    call.roles = "editor,bots:read,staff";
    assert_true(cs_has_role(&call, "editor"));
    assert_true(cs_has_role(&call, "bots:read"));
    assert_true(cs_has_role(&call, "staff"));
    assert_false(cs_has_role(&call, "bots"));
    assert_false(cs_has_role(&call, "edit"));
    assert_false(cs_has_role(&call, ""));
}

static void principal_of_one_kind(void **state)
{
    struct cs_call call = new_call();
    (void)state;

    assert_null(cs_principal_id(&call, "user"));
    call.principal = "user:42";
    assert_string_equal(cs_principal_id(&call, "user"), "42");
    assert_null(cs_principal_id(&call, "key"));
    assert_null(cs_principal_id(&call, "use"));
}

static void deadline_is_bounded(void **state)
{
    const int64_t now = 1000000;
    (void)state;

    assert_int_equal(cs_call_deadline(NULL, now), now + 30000);
    assert_int_equal(cs_call_deadline("", now), now + 30000);
    assert_int_equal(cs_call_deadline("soon", now), now + 30000);
    assert_int_equal(cs_call_deadline("1000500x", now), now + 30000);
    assert_int_equal(cs_call_deadline("-5", now), now + 30000);
    assert_int_equal(cs_call_deadline("99999999999999999999999", now), now + 30000);
    assert_int_equal(cs_call_deadline("1000500", now), now + 500);
    assert_int_equal(cs_call_deadline("5", now), 5);
    assert_int_equal(cs_call_deadline("9000000000", now), now + 600000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail_sets_status_and_detail),
        cmocka_unit_test(a_caller_has_a_principal_and_a_workspace),
        cmocka_unit_test(fields_add_up),
        cmocka_unit_test(fields_are_bounded),
        cmocka_unit_test(another_failure_forgets_fields),
        cmocka_unit_test(internal_detail_stays_inside),
        cmocka_unit_test(clear_forgets),
        cmocka_unit_test(roles_match_whole_words),
        cmocka_unit_test(principal_of_one_kind),
        cmocka_unit_test(deadline_is_bounded),
    };
    return test_run(tests);
}
