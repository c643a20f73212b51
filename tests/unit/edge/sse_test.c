/* Events of frames, and of a stored turn. */
#include "test.h"

#include "edge/sse.h"
#include "edge/told.h"

static struct cs_buf out;

static int tear_down(void **state)
{
    (void)state;
    cs_buf_free(&out);
    return 0;
}

static void test_delta_is_one_event_whatever_its_text(void **state)
{
    (void)state;
    Frame f = FRAME_INIT;
    DeltaFrame delta = DELTA_FRAME_INIT;
    char text[] = "a\n\ndata: b\r\"\\";

    delta.text = text;
    f.seq = 7;
    f.kind_case = FRAME_KIND_DELTA;
    f.delta = &delta;
    assert_true(sse_frame(&out, &arena, &f, "id"));
    assert_string_equal(out.data, "id: 7\nevent: delta\n"
                                  "data: {\"text\":\"a\\n\\ndata: b\\r\\\"\\\\\"}\n\n");
}

static void test_error_is_a_problem(void **state)
{
    (void)state;
    Frame f = FRAME_INIT;
    Problem p = PROBLEM_INIT;
    char detail[] = "The provider is down.";

    p.status = 502;
    p.detail = detail;
    f.seq = 3;
    f.kind_case = FRAME_KIND_ERROR;
    f.error = &p;
    assert_true(sse_frame(&out, &arena, &f, "the-request"));
    assert_non_null(strstr(out.data, "event: error\ndata: {\"problem\":{\"type\":"));
    assert_non_null(strstr(out.data, "\"status\":502"));
    assert_non_null(strstr(out.data, "\"instance\":\"the-request\""));
}

static void test_a_frame_without_a_case_is_no_event(void **state)
{
    (void)state;
    Frame f = FRAME_INIT;

    assert_false(sse_frame(&out, &arena, &f, "id"));
    assert_int_equal(out.len, 0);
}

static bool told_add(void *user, const Frame *f)
{
    return sse_frame(user, &arena, f, "id");
}

static void test_an_event_of_the_platform_bears_its_own_id_and_no_name(void **state)
{
    (void)state;
    Frame f = FRAME_INIT;
    CloudEvent event = CLOUD_EVENT_INIT;
    char id[] = "018f0000-0000-7000-8000-000000000000";

    f.seq = 3;
    f.kind_case = FRAME_KIND_EVENT;
    f.event = &event;
    assert_true(sse_frame(&out, &arena, &f, "id"));
    assert_string_equal(out.data, SSE_COMMENT); /* without an id it opens the stream */
    cs_buf_free(&out);
    event.id = id;
    assert_true(sse_frame(&out, &arena, &f, "id"));
    assert_string_equal(out.data, "id: 018f0000-0000-7000-8000-000000000000\n"
                                  "data: {\"id\":\"018f0000-0000-7000-8000-000000000000\"}\n\n");
}

static void test_a_whole_turn_reads_as_if_streamed(void **state)
{
    (void)state;
    Turn turn = TURN_INIT;
    Message m = MESSAGE_INIT;
    Usage usage = USAGE_INIT;
    char turn_id[] = "t", id[] = "m", content[] = "Hello.";

    turn.turn_id = turn_id;
    turn.message = &m;
    m.id = id;
    m.content = content;
    m.usage = &usage;
    told_turn(&arena, &turn, told_add, &out);
    assert_non_null(strstr(out.data, "id: 1\nevent: start\ndata: {\"turn_id\":\"t\""));
    assert_non_null(strstr(out.data, "id: 2\nevent: delta\ndata: {\"text\":\"Hello.\"}"));
    assert_non_null(strstr(out.data, "id: 3\nevent: usage\n"));
    assert_non_null(strstr(out.data, "id: 4\nevent: end\n"));
    assert_non_null(strstr(out.data, "\"message_id\":\"m\",\"finish_reason\":\"stop\"}\n\n"));
}

static void test_a_turn_that_failed_says_so(void **state)
{
    (void)state;
    Turn turn = TURN_INIT;
    Message m = MESSAGE_INIT;
    char id[] = "m", content[] = "", error[] = "the model is away";

    turn.message = &m;
    m.id = id;
    m.content = content;
    m.error = error;
    Message_set_status(&m, MESSAGE_STATUS_FAILED);
    told_turn(&arena, &turn, told_add, &out);
    assert_null(strstr(out.data, "event: delta"));
    assert_non_null(strstr(out.data, "id: 2\nevent: error\n"));
    assert_non_null(strstr(out.data, "\"detail\":\"the model is away\""));
    assert_non_null(strstr(out.data, "id: 3\nevent: end\n"));
    assert_non_null(strstr(out.data, "\"finish_reason\":\"error\"}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_delta_is_one_event_whatever_its_text, tear_down),
        cmocka_unit_test_teardown(test_error_is_a_problem, tear_down),
        cmocka_unit_test_teardown(test_a_frame_without_a_case_is_no_event, tear_down),
        cmocka_unit_test_teardown(test_an_event_of_the_platform_bears_its_own_id_and_no_name,
                                  tear_down),
        cmocka_unit_test_teardown(test_a_whole_turn_reads_as_if_streamed, tear_down),
        cmocka_unit_test_teardown(test_a_turn_that_failed_says_so, tear_down),
    };

    return test_run(tests);
}
