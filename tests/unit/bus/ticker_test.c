/* A ticker that rests, beside one that always ticks and so shows that time passes. */
#include "test.h"

#include "base/clock.h"
#include "bus/ticker.h"
#include "nats/bus.h"

#include <stdatomic.h>

static atomic_int rounds, busy_rounds;
static atomic_bool begun;

static void count_round(struct cs_call *call)
{
    (void)call;
    atomic_fetch_add(&rounds, 1);
}

static void count_busy_round(struct cs_call *call)
{
    (void)call;
    atomic_fetch_add(&busy_rounds, 1);
}

static bool under_way(void)
{
    return atomic_load(&begun);
}

static const struct cs_ticker tickers[] = {
    {.name = "resting",
     .every_ms = 1,
     .fn = count_round,
     .under_way = under_way,
     .rest_ms = 3600 * 1000},
    {.name = "always", .every_ms = 1, .fn = count_busy_round},
    {0},
};

static void wait_for_rounds(atomic_int *of, int n)
{
    int until = atomic_load(of) + n;

    while (atomic_load(of) < until)
        cs_sleep_ms(1);
}

static void a_ticker_rests_until_something_is_under_way(void **state)
{
    (void)state;
    cs_bus.node = cs_topology_find("edge");
    assert_non_null(cs_bus.node);
    cs_tickers_start(tickers);
    wait_for_rounds(&busy_rounds, 20);
    assert_int_equal(atomic_load(&rounds), 0);

    cs_tickers_wake(); /* nothing has begun */
    wait_for_rounds(&busy_rounds, 20);
    assert_int_equal(atomic_load(&rounds), 0);

    atomic_store(&begun, true);
    cs_tickers_wake();
    wait_for_rounds(&rounds, 3); /* and it goes on while it is */

    atomic_store(&begun, false);
    wait_for_rounds(&busy_rounds, 20);
    int n = atomic_load(&rounds);
    wait_for_rounds(&busy_rounds, 20);
    assert_int_equal(atomic_load(&rounds), n);
    assert_true(cs_tickers_stop(10 * 1000)); /* a resting one too */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ticker_rests_until_something_is_under_way),
    };
    return test_run(tests);
}
