/* Headers that are valid, and children of them. */
#include "test.h"

#include "obs/trace.h"

static const char parent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

static void valid_takes_the_w3c_form(void **state)
{
    static const char *const wrong[] = {
        "",
        "00",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
        "00-4bf92f3577b34da6a3ce929d0e0e47\"6-00f067aa0ba902b7-01",
    };
    (void)state;

    assert_true(cs_trace_valid(parent));
    assert_false(cs_trace_valid(NULL));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (cs_trace_valid(wrong[i]))
            fail_msg("%s was taken", wrong[i]);
}

static void a_child_keeps_the_trace(void **state)
{
    char child[CS_TRACEPARENT_SIZE];
    (void)state;

    cs_trace_child(parent, child);
    assert_true(cs_trace_valid(child));
    assert_memory_equal(child, parent, 36);
    assert_memory_not_equal(child + 36, parent + 36, 16);
    assert_string_equal(child + 52, "-01");
}

static void unsampled_stays_unsampled(void **state)
{
    char child[CS_TRACEPARENT_SIZE];
    (void)state;

    cs_trace_child("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", child);
    assert_string_equal(child + 52, "-00");
}

static void a_root_is_new_each_time(void **state)
{
    char first[CS_TRACEPARENT_SIZE], second[CS_TRACEPARENT_SIZE];
    (void)state;

    cs_trace_child(NULL, first);
    cs_trace_child("nonsense", second);
    assert_true(cs_trace_valid(first));
    assert_true(cs_trace_valid(second));
    assert_memory_not_equal(first + 3, second + 3, 32);
}

static void a_root_is_sampled_when_asked(void **state)
{
    char root[CS_TRACEPARENT_SIZE];
    int n = 0;
    (void)state;

    for (int i = 0; i < 2000; i++) {
        cs_trace_child(NULL, root);
        assert_false(cs_trace_sampled(root));
        cs_trace_sample(root, 0.0);
        assert_false(cs_trace_sampled(root));
        cs_trace_sample(root, 0.25);
        n += cs_trace_sampled(root);
        cs_trace_sample(root, 1.0);
        assert_true(cs_trace_sampled(root));
        assert_true(cs_trace_valid(root));
    }
    assert_in_range(n, 350, 650);
    assert_false(cs_trace_sampled(NULL));
    assert_false(cs_trace_sampled("nonsense"));
    assert_true(cs_trace_sampled("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03"));
    assert_false(cs_trace_sampled("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02"));
}

static void the_id_is_the_middle(void **state)
{
    char id[CS_TRACE_ID_SIZE];
    (void)state;

    cs_trace_id(parent, id);
    assert_string_equal(id, "4bf92f3577b34da6a3ce929d0e0e4736");
    cs_trace_id("nonsense", id);
    assert_string_equal(id, "");
    cs_trace_id(NULL, id);
    assert_string_equal(id, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_takes_the_w3c_form),     cmocka_unit_test(a_child_keeps_the_trace),
        cmocka_unit_test(unsampled_stays_unsampled),    cmocka_unit_test(a_root_is_new_each_time),
        cmocka_unit_test(a_root_is_sampled_when_asked), cmocka_unit_test(the_id_is_the_middle),
    };
    return test_run(tests);
}
