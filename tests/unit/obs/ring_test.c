/* A full ring, and one with many writers. */
#include "test.h"

#include "obs/ring.h"

#include <pthread.h>
#include <sched.h>

enum { WRITERS = 4, EACH = 20000 };

static struct cs_ring ring;
static int items[CS_RING_SIZE + 1];

static void a_full_ring_refuses(void **state)
{
    (void)state;
    cs_ring_init(&ring);
    assert_null(cs_ring_take(&ring));
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < CS_RING_SIZE; i++)
            assert_true(cs_ring_put(&ring, &items[i]));
        assert_false(cs_ring_put(&ring, &items[CS_RING_SIZE]));
        assert_ptr_equal(cs_ring_take(&ring), &items[0]);
        assert_true(cs_ring_put(&ring, &items[CS_RING_SIZE]));
        assert_false(cs_ring_put(&ring, &items[0]));
        for (int i = 1; i <= CS_RING_SIZE; i++)
            assert_ptr_equal(cs_ring_take(&ring), &items[i]);
        assert_null(cs_ring_take(&ring));
    }
}

static int numbers[WRITERS][EACH];
static atomic_int refused;

static void *write_all(void *arg)
{
    int(*mine)[EACH] = arg;

    for (int i = 0; i < EACH; i++) {
        (*mine)[i] = i;
        if (!cs_ring_put(&ring, &(*mine)[i]))
            atomic_fetch_add(&refused, 1);
        if (i % 64 == 0)
            sched_yield();
    }
    return NULL;
}

/* Each writer's items come in its order, none twice; what was not refused comes. */
static void many_write_and_one_reads(void **state)
{
    pthread_t threads[WRITERS];
    int last[WRITERS], taken = 0, *item;
    (void)state;

    cs_ring_init(&ring);
    atomic_store(&refused, 0);
    for (int w = 0; w < WRITERS; w++) {
        last[w] = -1;
        pthread_create(&threads[w], NULL, write_all, &numbers[w]);
    }
    while (taken + atomic_load(&refused) < WRITERS * EACH) {
        if (!(item = cs_ring_take(&ring))) {
            sched_yield();
            continue;
        }
        int w = (int)((item - &numbers[0][0]) / EACH);
        assert_true(*item > last[w]);
        last[w] = *item;
        taken++;
    }
    assert_null(cs_ring_take(&ring));
    for (int w = 0; w < WRITERS; w++)
        pthread_join(threads[w], NULL);
    assert_int_equal(taken + atomic_load(&refused), WRITERS * EACH);
    assert_true(taken > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_ring_refuses),
        cmocka_unit_test(many_write_and_one_reads),
    };
    return test_run(tests);
}
