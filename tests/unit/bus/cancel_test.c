#include "bus/cancel.h"

#include "base/clock.h"
#include "bus/call.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void init(struct cs_later *l, const char *id)
{
    *l = (struct cs_later){.own = {.cancel = id, .request_id = "same", .later = l}};
    l->call = &l->own;
}

static void marks_all_of_the_request_and_no_other(void **state)
{
    struct cs_later a, b, c;
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
    struct cs_later l;
    (void)state;

    cs_cancel("early");
    init(&l, "early");
    cs_cancel_enter(&l);
    assert_true(cs_cancelled(&l.own));
    cs_cancel_leave(&l);
}

/* clients choose request ids: one that comes again is another's */
static void knows_no_request_ids(void **state)
{
    struct cs_later a, nameless;
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
    return cmocka_run_group_tests(tests, NULL, NULL);
}
