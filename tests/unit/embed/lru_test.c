/* lru: what is kept, and what is forgotten first. */
#include "test.h"

#include "embed/lru.h"

static const unsigned char *key(unsigned char n)
{
    static unsigned char k[LRU_KEY];
    k[0] = 7; /* all in one bucket */
    k[5] = n;
    return k;
}

static void expect(struct lru *l, unsigned char n, const char *value)
{
    size_t len = 0;
    char *got = lru_get(l, key(n), &arena, &len);

    if (!value) {
        assert_null(got);
        return;
    }
    assert_non_null(got);
    assert_int_equal(len, strlen(value));
    assert_memory_equal(got, value, len);
}

static void test_keeps(void **state)
{
    struct lru *l = lru_new(1 << 20);

    (void)state;
    expect(l, 1, NULL);
    lru_put(l, key(1), "one", 3);
    lru_put(l, key(2), "two", 3);
    expect(l, 1, "one");
    expect(l, 2, "two");
    lru_put(l, key(1), "uno!", 4);
    expect(l, 1, "uno!");
    expect(l, 3, NULL);
    lru_free(l);
}

static void test_forgets(void **state)
{
    static char big[300];
    struct lru *l = lru_new(1300); /* three of them, with what an entry itself takes */

    (void)state;
    memset(big, 'x', sizeof(big) - 1);
    for (unsigned char n = 1; n <= 3; n++)
        lru_put(l, key(n), big, sizeof(big) - 1);
    expect(l, 1, big); /* now 2 is the oldest */
    lru_put(l, key(4), big, sizeof(big) - 1);
    expect(l, 2, NULL);
    expect(l, 1, big);
    expect(l, 3, big);
    expect(l, 4, big);
    lru_put(l, key(5), memset((char[2000]){0}, 'y', 2000), 2000); /* larger than all */
    for (unsigned char n = 1; n <= 5; n++)
        expect(l, n, NULL);
    lru_put(l, key(6), "six", 3);
    expect(l, 6, "six");
    lru_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_keeps),
                                       cmocka_unit_test(test_forgets)};
    return test_run(tests);
}
