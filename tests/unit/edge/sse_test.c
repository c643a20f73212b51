#include "edge/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

struct world {
    struct cs_arena a;
    struct cs_buf out;
};

static int set_up(void **state)
{
    static struct world w;

    w = (struct world){.out = {0}};
    cs_arena_init(&w.a);
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    cs_buf_free(&w->out);
    cs_arena_dispose(&w->a);
    return 0;
}

static void test_delta_is_one_event_whatever_its_text(void **state)
{
    struct world *w = *state;
    Frame f = FRAME_INIT;
    DeltaFrame delta = DELTA_FRAME_INIT;
    char text[] = "a\n\ndata: b\r\"\\";

    delta.text = text;
    f.seq = 7;
    f.kind_case = FRAME_KIND_DELTA;
    f.delta = &delta;
    assert_true(sse_frame(&w->out, &w->a, &f, "id"));
    assert_string_equal(w->out.data, "id: 7\nevent: delta\n"
                                     "data: {\"text\":\"a\\n\\ndata: b\\r\\\"\\\\\"}\n\n");
}

static void test_error_is_a_problem(void **state)
{
    struct world *w = *state;
    Frame f = FRAME_INIT;
    Problem p = PROBLEM_INIT;
    char detail[] = "The provider is down.";

    p.status = 502;
    p.detail = detail;
    f.seq = 3;
    f.kind_case = FRAME_KIND_ERROR;
    f.error = &p;
    assert_true(sse_frame(&w->out, &w->a, &f, "the-request"));
    assert_non_null(strstr(w->out.data, "event: error\ndata: {\"problem\":{\"type\":"));
    assert_non_null(strstr(w->out.data, "\"status\":502"));
    assert_non_null(strstr(w->out.data, "\"instance\":\"the-request\""));
}

static void test_a_frame_without_a_case_is_no_event(void **state)
{
    struct world *w = *state;
    Frame f = FRAME_INIT;

    assert_false(sse_frame(&w->out, &w->a, &f, "id"));
    assert_int_equal(w->out.len, 0);
}

static void test_a_whole_turn_reads_as_if_streamed(void **state)
{
    struct world *w = *state;
    Turn turn = TURN_INIT;
    Message m = MESSAGE_INIT;
    Usage usage = USAGE_INIT;
    char turn_id[] = "t", id[] = "m", content[] = "Hello.";

    turn.turn_id = turn_id;
    turn.message = &m;
    m.id = id;
    m.content = content;
    m.usage = &usage;
    sse_turn(&w->out, &w->a, &turn, "id");
    assert_non_null(strstr(w->out.data, "id: 1\nevent: start\ndata: {\"turn_id\":\"t\""));
    assert_non_null(strstr(w->out.data, "id: 2\nevent: delta\ndata: {\"text\":\"Hello.\"}"));
    assert_non_null(strstr(w->out.data, "id: 3\nevent: usage\n"));
    assert_non_null(strstr(w->out.data, "id: 4\nevent: end\n"));
    assert_non_null(strstr(w->out.data, "\"message_id\":\"m\",\"finish_reason\":\"stop\"}\n\n"));
}

static void test_a_turn_that_failed_says_so(void **state)
{
    struct world *w = *state;
    Turn turn = TURN_INIT;
    Message m = MESSAGE_INIT;
    char id[] = "m", content[] = "", error[] = "the model is away";

    turn.message = &m;
    m.id = id;
    m.content = content;
    m.error = error;
    m.has_status = true;
    m.status = MESSAGE_STATUS_FAILED;
    sse_turn(&w->out, &w->a, &turn, "id");
    assert_null(strstr(w->out.data, "event: delta"));
    assert_non_null(strstr(w->out.data, "id: 2\nevent: error\n"));
    assert_non_null(strstr(w->out.data, "\"detail\":\"the model is away\""));
    assert_non_null(strstr(w->out.data, "id: 3\nevent: end\n"));
    assert_non_null(strstr(w->out.data, "\"finish_reason\":\"error\"}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_delta_is_one_event_whatever_its_text, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_error_is_a_problem, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_frame_without_a_case_is_no_event, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_whole_turn_reads_as_if_streamed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_turn_that_failed_says_so, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
