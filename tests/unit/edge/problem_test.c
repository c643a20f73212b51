/* Problems as JSON, from services and from the edge itself. */
#include "test.h"

#include "edge/problem.h"

#include "edge/bus/bridge.h"

static void test_all_members(void **state)
{
    (void)state;
    Problem p = PROBLEM_INIT;
    FieldError e = FIELD_ERROR_INIT, *list[] = {&e};
    char field[] = "name", message[] = "The field is required.",
         detail[] = "The field name is invalid. The field is required.";

    p.status = 400;
    p.detail = detail;
    e.field = field;
    e.message = message;
    p.errors = list;
    p.n_errors = 1;
    assert_string_equal(
        problem_text(&arena, &p, "r1"),
        "{\"type\":\"urn:chatsphere:problem:invalid\",\"title\":\"Invalid request\",\"status\":400,"
        "\"detail\":\"The field name is invalid. The field is "
        "required.\",\"instance\":\"r1\",\"code\":\"invalid\","
        "\"errors\":[{\"field\":\"name\",\"message\":\"The field is required.\"}]}");
}

static void test_our_own_words_when_nobody_answered(void **state)
{
    (void)state;
    struct bridge_reply reply = {.status = 504, .detail = "Too late."};
    Problem *p = problem_of_reply(&arena, &reply);

    assert_int_equal(p->status, 504);
    assert_string_equal(p->detail, "Too late.");
}

static void test_a_service_s_problem_is_kept(void **state)
{
    (void)state;
    Problem in = PROBLEM_INIT;
    char detail[] = "A turn is running.";
    struct bridge_reply reply = {.status = 409};

    in.detail = detail;
    Problem_set_retry_after_ms(&in, 1500);
    reply.data = pbjson_pack(&arena, &in.base, &reply.len);
    Problem *p = problem_of_reply(&arena, &reply);
    assert_int_equal(p->status, 409);
    assert_string_equal(p->detail, detail);
    assert_int_equal(p->retry_after_ms, 1500);
}

static void test_what_is_no_problem_becomes_one(void **state)
{
    (void)state;
    struct bridge_reply reply = {.status = 200000, .data = "\xff\xff", .len = 2};

    assert_int_equal(problem_of_reply(&arena, &reply)->status, 500);
}

static void test_refusals_of_the_server(void **state)
{
    (void)state;
    assert_non_null(strstr(problem_refusal(&arena, 413, "r"), "\"status\":413"));
    assert_non_null(strstr(problem_refusal(&arena, 400, "r"), "\"status\":400"));
    assert_non_null(strstr(problem_refusal(&arena, 417, "r"), "\"status\":400"));
    assert_non_null(strstr(problem_refusal(&arena, 404, "r"), "\"status\":404"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_members),
        cmocka_unit_test(test_our_own_words_when_nobody_answered),
        cmocka_unit_test(test_a_service_s_problem_is_kept),
        cmocka_unit_test(test_what_is_no_problem_becomes_one),
        cmocka_unit_test(test_refusals_of_the_server),
    };

    return test_run(tests);
}
