/* Processes that announce themselves, and the choice among them by key. */
#include "test.h"

#include "bus/peers.h"

#include <stdio.h>

enum { NOW = 1000000, KEYS = 300 };

static const char *const instances[] = {"aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccc"};

static void see_all(int64_t now)
{
    for (size_t i = 0; i < 3; i++)
        cs_peer_seen("retrieve", instances[i], now);
}

static void nobody_is_known_at_first(void **state)
{
    char who[CS_INSTANCE_SIZE];
    (void)state;

    assert_false(cs_peer_choose("retrieve", "key", NOW, who));
    cs_peer_seen("retrieve", "too short", NOW);
    cs_peer_seen("nobody", instances[0], NOW);
    assert_false(cs_peer_choose("retrieve", "key", NOW, who));
    assert_false(cs_peer_choose("nobody", "key", NOW, who));
}

static void keys_spread_and_move_only_with_their_own(void **state)
{
    char key[16], before[KEYS][CS_INSTANCE_SIZE], after[CS_INSTANCE_SIZE];
    int counts[3] = {0};
    (void)state;

    see_all(NOW);
    for (int k = 0; k < KEYS; k++) {
        snprintf(key, sizeof(key), "key %d", k);
        assert_true(cs_peer_choose("retrieve", key, NOW, before[k]));
        for (int i = 0; i < 3; i++)
            counts[i] += strcmp(before[k], instances[i]) == 0;
    }
    for (int i = 0; i < 3; i++)
        assert_in_range(counts[i], KEYS / 6, KEYS / 2);
    cs_peer_gone("retrieve", instances[1]);
    for (int k = 0; k < KEYS; k++) {
        snprintf(key, sizeof(key), "key %d", k);
        assert_true(cs_peer_choose("retrieve", key, NOW, after));
        assert_string_not_equal(after, instances[1]);
        if (strcmp(before[k], instances[1]) != 0)
            assert_string_equal(after, before[k]);
    }
    assert_false(cs_peer_choose("embed", key, NOW, after));
}

static void silent_ones_are_forgotten(void **state)
{
    char who[CS_INSTANCE_SIZE];
    (void)state;

    see_all(NOW);
    cs_peer_seen("retrieve", instances[2], NOW + 10000);
    assert_true(cs_peer_choose("retrieve", "any", NOW + 20000, who));
    assert_string_equal(who, instances[2]);
    assert_false(cs_peer_choose("retrieve", "any", NOW + 30000, who));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_known_at_first),
        cmocka_unit_test(keys_spread_and_move_only_with_their_own),
        cmocka_unit_test(silent_ones_are_forgotten),
    };
    return test_run(tests);
}
