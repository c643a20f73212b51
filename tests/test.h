#pragma once
/*
 * test: what a unit test stands on.
 *
 * A unit test is tests/unit/<folder>/<file>_test.c, mirrors libs/<folder>/<file>.c or
 * services/<folder>/<file>.c, and includes this first: cmocka with what its header needs, an arena
 * for the whole program, and ways to run:
 *
 *     int main(void)
 *     {
 *         const struct CMUnitTest tests[] = {cmocka_unit_test(test_one), ...};
 *         return test_run(tests);
 *     }
 *
 * A table test is a suite of cases (suite.h). test_run_cases() runs each case as a test of its own,
 * named by its file, line and name, so that any assertion in it is reported with these.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "suite.h"

#include "base/arena.h"

#define LEN(array_) (sizeof(array_) / sizeof((array_)[0]))

/* there from before the first set-up to after the last tear-down */
extern struct cs_arena arena;

typedef void test_case_fn(const struct suite_case *c);

/* The text of the case's part; the test fails if there is none. ret_len may be NULL. */
char *case_text(const struct suite_case *c, const char *part, size_t *ret_len);

/* The exit status of main(): 0 when all tests passed. */
int test_run_all(const struct CMUnitTest *tests, size_t n, CMFixtureFunction set_up,
                 CMFixtureFunction tear_down, const char *suite, test_case_fn *play);

#define test_run(tests_) test_run_all(tests_, LEN(tests_), NULL, NULL, NULL, NULL)
#define test_run_with(tests_, set_up_, tear_down_)                                                 \
    test_run_all(tests_, LEN(tests_), set_up_, tear_down_, NULL, NULL)
/* play(case) for each case of tests/data/<suite>.cases */
#define test_run_suite(suite_, play_) test_run_all(NULL, 0, NULL, NULL, suite_, play_)
/* The tests, then play(case) for each case of tests/data/<suite>.cases. */
#define test_run_cases(tests_, suite_, play_)                                                      \
    test_run_all(tests_, LEN(tests_), NULL, NULL, suite_, play_)
