/* The arena of a unit test, and cases as tests of cmocka. */
#include "test.h"

#include <stdio.h>
#include <unistd.h>

struct cs_arena arena;

static test_case_fn *case_play;

static void case_run(void **state)
{
    case_play(*state);
}

char *case_text(const struct suite_case *c, const char *part, size_t *ret_len)
{
    const struct suite_part *p = suite_part(c, part);

    if (!p) {
        fail_msg("%s has no part %s", c->where, part);
        abort(); /* it does not come here */
    }
    if (ret_len)
        *ret_len = p->len;
    return p->text;
}

int test_run_all(const struct CMUnitTest *tests, size_t n, CMFixtureFunction set_up,
                 CMFixtureFunction tear_down, const char *suite, test_case_fn *play)
{
    struct cs_arena own; /* a test may reset the other */
    size_t n_cases = 0;
    struct suite_case *cases;
    struct CMUnitTest *all;
    int failed;

    cs_arena_init(&arena);
    cs_arena_init(&own);
    cases = suite ? suite_load(&own, suite, &n_cases) : NULL;
    all = CS_NEW(&own, struct CMUnitTest, n + n_cases);
    for (size_t i = 0; i < n; i++)
        all[i] = tests[i];
    for (size_t i = 0; i < n_cases; i++)
        all[n + i] = (struct CMUnitTest){
            .name = cases[i].where, .test_func = case_run, .initial_state = &cases[i]};
    case_play = play;
    failed = _cmocka_run_group_tests("tests", all, n + n_cases, set_up, tear_down);
    if (failed) { /* without a list of what the failed assertions left behind */
        fflush(NULL);
        _exit(1);
    }
    cs_arena_dispose(&own);
    cs_arena_dispose(&arena);
    return 0;
}
