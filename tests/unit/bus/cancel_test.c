/* Cancels before and during a call, by word and by deadline. */
#include "test.h"

#include "bus/cancel.h"

#include "base/clock.h"
#include "bus/call_state.h"

static void init(struct cs_call_state *s, const char *id)
{
    *s = (struct cs_call_state){.own = {.cancel = id, .request_id = "same", .state = s}};
    s->call = &s->own;
}

static void marks_all_of_the_request_and_no_other(void **state)
{
    struct cs_call_state a, b, c;
    (void)state;

    init(&a, "one");
    init(&b, "one");
    init(&c, "two");
    cs_cancel_enter(&a);
    cs_cancel_enter(&b);
    cs_cancel_enter(&c);
    assert_false(cs_cancelled(&a.own));
    cs_cancel_leave(&b);
    cs_cancel("one");
    assert_true(cs_cancelled(&a.own));
    assert_false(cs_cancelled(&b.own));
    assert_false(cs_cancelled(&c.own));
    cs_cancel_leave(&a);
    cs_cancel_leave(&c);
}

static void counts_when_it_comes_first(void **state)
{
    struct cs_call_state s;
    (void)state;

    cs_cancel("early");
    init(&s, "early");
    cs_cancel_enter(&s);
    assert_true(cs_cancelled(&s.own));
    cs_cancel_leave(&s);
}

/* clients choose request ids: one that comes again is another's */
static void knows_no_request_ids(void **state)
{
    struct cs_call_state a, nameless;
    (void)state;

    cs_cancel("same");
    init(&a, "a word");
    init(&nameless, NULL);
    cs_cancel_enter(&a);
    cs_cancel_enter(&nameless);
    assert_false(cs_cancelled(&a.own));
    assert_false(cs_cancelled(&nameless.own));
    cs_cancel_leave(&nameless);
    cs_cancel_leave(&a);
}

static void the_deadline_cancels_too(void **state)
{
    struct cs_call call = {.deadline_ms = cs_mono_ms() - 1};
    (void)state;

    assert_true(cs_cancelled(&call));
    call.deadline_ms = cs_mono_ms() + 60000;
    assert_false(cs_cancelled(&call));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_all_of_the_request_and_no_other),
        cmocka_unit_test(counts_when_it_comes_first),
        cmocka_unit_test(knows_no_request_ids),
        cmocka_unit_test(the_deadline_cancels_too),
    };
    return test_run(tests);
}
