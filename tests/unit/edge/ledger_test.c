/* Budgets of bodies are those of the process, however the connections lie on its loops. */
#include "test.h"

#include "edge/http/ledger.h"
#include "obs/metrics.h"

#include <pthread.h>
#include <stdlib.h>

enum { KB = 1024, MB = 1024 * 1024, S = 1000, LOOPS = 4, OF_LOOP = 40 };

static int connection; /* what a loop's own rows are of */

/* Each loop has its bodies judged, as it does each second, and cuts its own; how many are left. */
static size_t judge_round(struct parked loops[LOOPS][OF_LOOP])
{
    size_t left = 0;

    for (int i = 0; i < LOOPS; i++) {
        ledger_judge(i, loops[i], OF_LOOP);
        for (int k = 0; k < OF_LOOP; k++) {
            if (loops[i][k].verdict != PARKED_STAYS)
                loops[i][k].got = 0;
            left += loops[i][k].got > 0;
        }
    }
    return left;
}

/* Bodies like `each` on all loops; each of a share of its own, or of share 7. */
static void spread(struct parked loops[LOOPS][OF_LOOP], struct parked each, bool alone)
{
    for (size_t i = 0; i < LOOPS; i++)
        for (size_t k = 0; k < OF_LOOP; k++) {
            loops[i][k] = each;
            loops[i][k].of = &connection;
            loops[i][k].share = alone ? 100 * i + k : 7;
            loops[i][k].lately = each.lately + k;
        }
}

static long metric(const char *line)
{
    CS_BUF_AUTO struct cs_buf text = {0};

    cs_metrics_write(&text);
    const char *at = text.data ? strstr(text.data, line) : NULL;
    return at ? strtol(at + strlen(line), NULL, 10) : 0;
}

#define REFUSED(reason_) metric("\ncs_edge_bodies_refused_total{reason=\"" reason_ "\"} ")

static void forget_all(void)
{
    for (int i = 0; i < LOOPS; i++)
        ledger_judge(i, NULL, 0);
    assert_int_equal(metric("\ncs_edge_body_bytes{of=\"strangers\"} "), 0);
    assert_int_equal(metric("\ncs_edge_body_bytes{of=\"known\"} "), 0);
}

static void test_an_address_has_one_budget_on_all_loops(void **state)
{
    (void)state;
    static struct parked loops[LOOPS][OF_LOOP];
    long before = REFUSED("share");

    spread(loops, (struct parked){.got = MB, .lately = 100 * KB, .waited_ms = 5 * S}, false);
    judge_round(loops);
    assert_int_equal(judge_round(loops), PARKED_STRANGER_SHARE / MB);
    assert_int_equal(metric("\ncs_edge_body_bytes{of=\"strangers\"} "), PARKED_STRANGER_SHARE);
    assert_int_equal(REFUSED("share") - before, LOOPS * OF_LOOP - PARKED_STRANGER_SHARE / MB);
    forget_all();
}

static void test_all_strangers_have_one_too(void **state)
{
    (void)state;
    static struct parked loops[LOOPS][OF_LOOP];
    long before = REFUSED("full");

    spread(loops, (struct parked){.got = MB, .lately = 100 * KB, .waited_ms = 5 * S}, true);
    judge_round(loops);
    assert_int_equal(judge_round(loops), PARKED_STRANGER_BYTES / MB);
    assert_int_equal(REFUSED("full") - before, LOOPS * OF_LOOP - PARKED_STRANGER_BYTES / MB);
    forget_all();
}

static void test_large_bodies_are_counted_on_all_loops(void **state)
{
    (void)state;
    static struct parked loops[LOOPS][OF_LOOP];
    const struct parked large = {
        .got = 2 * MB, .lately = 100 * KB, .waited_ms = 5 * S, .trusted = true};

    spread(loops, large, false);
    judge_round(loops);
    assert_int_equal(judge_round(loops), PARKED_LARGE_SHARE);
    spread(loops, large, true);
    judge_round(loops);
    assert_int_equal(judge_round(loops), PARKED_LARGE_MAX);
    assert_int_equal(metric("\ncs_edge_body_bytes{of=\"known\"} "), 0); /* they are in files */
    forget_all();
}

/* The loops take turns, so one that is judged first must not pay for all. */
static void test_the_slowest_of_all_loops_gives_way(void **state)
{
    (void)state;
    static struct parked loops[LOOPS][OF_LOOP];

    spread(loops, (struct parked){.got = MB, .lately = 100 * KB, .waited_ms = 5 * S}, true);
    for (int k = 0; k < OF_LOOP; k++)
        loops[0][k].lately = MB;
    judge_round(loops);
    judge_round(loops);
    for (int k = 0; k < OF_LOOP; k++)
        assert_int_equal(loops[0][k].got, MB);
    forget_all();
}

static void test_bodies_at_work_have_places(void **state)
{
    (void)state;
    long share = REFUSED("share"), full = REFUSED("full");

    for (int i = 0; i < LEDGER_LARGE_SHARE; i++)
        assert_int_equal(ledger_enter(LEDGER_LARGE, 1), PARKED_STAYS);
    assert_int_equal(ledger_enter(LEDGER_LARGE, 1), PARKED_SHARE);
    for (int i = LEDGER_LARGE_SHARE; i < LEDGER_LARGE_MAX; i++)
        assert_int_equal(ledger_enter(LEDGER_LARGE, (uint64_t)i), PARKED_STAYS);
    assert_int_equal(metric("\ncs_edge_large_bodies "), LEDGER_LARGE_MAX);
    assert_int_equal(ledger_enter(LEDGER_LARGE, 99), PARKED_FULL);
    assert_int_equal(REFUSED("share") - share, 1);
    assert_int_equal(REFUSED("full") - full, 1);
    ledger_leave(LEDGER_LARGE, 1);
    assert_int_equal(ledger_enter(LEDGER_LARGE, 99), PARKED_STAYS);
    ledger_leave(LEDGER_LARGE, 99);
    for (int i = 1; i < LEDGER_LARGE_SHARE; i++)
        ledger_leave(LEDGER_LARGE, 1);
    for (int i = LEDGER_LARGE_SHARE; i < LEDGER_LARGE_MAX; i++)
        ledger_leave(LEDGER_LARGE, (uint64_t)i);
    assert_int_equal(metric("\ncs_edge_large_bodies "), 0);
}

static void test_files_have_places_of_their_own(void **state)
{
    (void)state;
    int taken = 0;

    for (uint64_t share = 1; share <= 9; share++)
        for (int i = 0; i < LEDGER_FILES_SHARE; i++)
            taken += ledger_enter(LEDGER_FILES, share) == PARKED_STAYS;
    assert_int_equal(taken, LEDGER_FILES_MAX);
    assert_int_equal(metric("\ncs_edge_files "), LEDGER_FILES_MAX);
    assert_int_equal(metric("\ncs_edge_files_refused_total{reason=\"full\"} "),
                     9 * LEDGER_FILES_SHARE - LEDGER_FILES_MAX);
    assert_int_equal(ledger_enter(LEDGER_FILES, 1), PARKED_SHARE);
    assert_int_equal(ledger_enter(LEDGER_LARGE, 1), PARKED_STAYS);
    ledger_leave(LEDGER_LARGE, 1);
    for (uint64_t share = 1; share <= 9; share++)
        for (int i = 0; i < LEDGER_FILES_SHARE; i++)
            ledger_leave(LEDGER_FILES, share);
    assert_int_equal(metric("\ncs_edge_files "), 0);
}

static _Atomic int n_entered;

static void *enter_and_leave(void *arg)
{
    uint64_t share = *(uint64_t *)arg;

    for (int i = 0; i < 2000; i++) {
        if (ledger_enter(LEDGER_LARGE, share) != PARKED_STAYS)
            continue;
        if (++n_entered > LEDGER_LARGE_MAX)
            abort();
        n_entered--;
        ledger_leave(LEDGER_LARGE, share);
    }
    return NULL;
}

static void test_places_are_counted_once_by_many_threads(void **state)
{
    (void)state;
    pthread_t threads[48];
    uint64_t shares[LEN(threads)];

    for (size_t i = 0; i < LEN(threads); i++) {
        shares[i] = i % 3;
        assert_int_equal(pthread_create(&threads[i], NULL, enter_and_leave, &shares[i]), 0);
    }
    for (size_t i = 0; i < LEN(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(metric("\ncs_edge_large_bodies "), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_address_has_one_budget_on_all_loops),
        cmocka_unit_test(test_all_strangers_have_one_too),
        cmocka_unit_test(test_large_bodies_are_counted_on_all_loops),
        cmocka_unit_test(test_the_slowest_of_all_loops_gives_way),
        cmocka_unit_test(test_bodies_at_work_have_places),
        cmocka_unit_test(test_files_have_places_of_their_own),
        cmocka_unit_test(test_places_are_counted_once_by_many_threads),
    };

    return test_run(tests);
}
