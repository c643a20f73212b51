/* Types and bots of a reader: what is refused, what matches, and the subjects on the bus. */
#include "test.h"

#include "base/clock.h"
#include "events/filter.h"

#define BOT "01a21d26-488a-7cc2-8f15-2a9086862895"
#define OTHER "01a21d26-488a-7cc2-8f15-2a9086862896"

static struct filter filter_of(const char *types, const char *bots, int *ret)
{
    struct cs_call call = {.arena = &arena, .deadline_ms = cs_mono_ms() + 1000};
    struct filter f = {0};

    *ret = filter_parse(&call, types, bots, &f);
    return f;
}

static void unknown_types_and_bots_are_refused(void **state)
{
    static const char *const bad[] = {"bot.nope", "nope.created", "bot",
                                      "*",        "*.created",    "io.chatsphere.bot.created.v1"};
    int r;

    (void)state;
    for (size_t i = 0; i < LEN(bad); i++) {
        filter_of(bad[i], NULL, &r);
        assert_true(r < 0);
    }
    filter_of(NULL, "nonsense", &r);
    assert_true(r < 0);
    assert_int_equal(filter_of("bot.created,,message.*", BOT, &r).n_types, 2);
    assert_int_equal(r, 0);
}

static void a_filter_matches_type_and_bot(void **state)
{
    struct kept_event e = {.aggregate = "bot", .event = "created", .bot = BOT};
    struct filter f;
    int r;

    (void)state;
    f = filter_of(NULL, NULL, &r);
    assert_true(filter_wants(&f, &e));
    f = filter_of("bot.*", BOT, &r);
    assert_true(filter_wants(&f, &e));
    f = filter_of("bot.updated", NULL, &r);
    assert_false(filter_wants(&f, &e));
    f = filter_of(NULL, OTHER, &r);
    assert_false(filter_wants(&f, &e));
    e.bot = NULL; /* an event of no bot is none of a certain bot's */
    assert_false(filter_wants(&f, &e));
}

static void subjects_do_not_overlap_and_one_covers_them(void **state)
{
    struct filter f;
    size_t n;
    int r;

    (void)state;
    f = filter_of(NULL, NULL, &r);
    char **subjects = filter_subjects(&arena, &f, "t", &n);
    assert_int_equal(n, 1);
    assert_string_equal(subjects[0], "chatsphere.event.v1.t.*.*.*");
    f = filter_of("bot.created,bot.*,document.ready,bot.created", BOT, &r);
    subjects = filter_subjects(&arena, &f, "t", &n);
    assert_int_equal(n, 2);
    assert_string_equal(subjects[0], "chatsphere.event.v1.t." BOT ".bot.*");
    assert_string_equal(subjects[1], "chatsphere.event.v1.t." BOT ".document.ready");
    assert_string_equal(filter_cover(&arena, subjects, n), "chatsphere.event.v1.t." BOT ".*.*");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_types_and_bots_are_refused),
        cmocka_unit_test(a_filter_matches_type_and_bot),
        cmocka_unit_test(subjects_do_not_overlap_and_one_covers_them),
    };
    return test_run(tests);
}
