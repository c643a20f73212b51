/* A cache over a source of the test, which counts and delays its loads. */
#include "test.h"

#include "base/clock.h"
#include "retrieve/cache.h"

#include <pthread.h>
#include <stdio.h>

#define TENANT_A "00000000-0000-7000-8000-0000000000c0"
#define TENANT_B "00000000-0000-7000-8000-0000000000b0"

/* a data base of collections that counts what it is asked; the name of the one document tells whose */
static struct {
    pthread_mutex_t lock;
    int64_t version; /* 0: there are none */
    int loads, checks, failing;
    int load_ms, n_chunks;
    int loading, loading_a, most, most_a; /* loads at a time: of all, and of workspace A */
    int64_t bytes;                        /* what a snapshot is expected to take */
    struct cache *watched;                /* the most that it held while a load ran */
    size_t held;
} base = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int base_state(void *context, const struct cache_key *key, struct cache_state *ret)
{
    (void)context, (void)key;
    pthread_mutex_lock(&base.lock);
    base.checks++;
    *ret = (struct cache_state){.version = base.version, .bytes = base.bytes};
    int r = base.failing ? -500 : base.version ? 0 : STORE_NONE;
    pthread_mutex_unlock(&base.lock);
    return r;
}

static int base_load(void *context, const struct cache_key *key, struct snapshot **ret)
{
    (void)context;
    pthread_mutex_lock(&base.lock);
    bool of_a = strcmp(key->tenant, TENANT_A) == 0;
    base.loads++;
    base.loading++;
    base.loading_a += of_a;
    base.most = base.loading > base.most ? base.loading : base.most;
    base.most_a = base.loading_a > base.most_a ? base.loading_a : base.most_a;
    int64_t version = base.version;
    int r = base.failing ? -500 : version ? 0 : STORE_NONE, wait = base.load_ms;
    pthread_mutex_unlock(&base.lock);
    if (wait)
        cs_sleep_ms(wait);
    size_t held = base.watched ? cache_bytes(base.watched) : 0;
    pthread_mutex_lock(&base.lock);
    base.loading--;
    base.loading_a -= of_a;
    base.held = held > base.held ? held : base.held;
    pthread_mutex_unlock(&base.lock);
    if (r)
        return r;
    *ret = snapshot_new(version);
    snapshot_add_document(*ret, "00000000-0000-7000-8000-000000000001", 1, key->tenant,
                          CS_LANGUAGE_EN);
    for (int i = 0; i < base.n_chunks; i++)
        snapshot_add_chunk(*ret, "", "some words to hold");
    snapshot_finish(*ret);
    return 0;
}

static const struct cache_source source = {.state = base_state, .load = base_load};

static int reset(void **state)
{
    (void)state;
    base.version = base.n_chunks = 1;
    base.loads = base.checks = base.failing = base.load_ms = 0;
    base.most = base.most_a = 0;
    base.bytes = 0;
    base.watched = NULL;
    base.held = 0;
    return 0;
}

static struct cache_key key_of(const char *tenant, int bot)
{
    struct cache_key k;

    snprintf(k.tenant, sizeof(k.tenant), "%s", tenant);
    snprintf(k.bot, sizeof(k.bot), "00000000-0000-7000-8000-%012d", bot);
    return k;
}

static int get(struct cache *c, const char *tenant, int bot, int64_t min_version,
               struct snapshot **ret)
{
    struct cache_key k = key_of(tenant, bot);

    return cache_get(c, &k, min_version, cs_mono_ms() + 5000, NULL, ret);
}

static int64_t get_version(struct cache *c, int bot, int64_t min_version)
{
    struct snapshot *s;

    assert_int_equal(get(c, TENANT_A, bot, min_version, &s), 0);
    int64_t version = s->version;
    snapshot_unref(s);
    return version;
}

static void loads_once(void **state)
{
    struct cache *c = cache_new(&source, 1 << 20, 60000);

    (void)state;
    for (int i = 0; i < 5; i++)
        assert_int_equal(get_version(c, 1, 0), 1);
    assert_int_equal(base.loads, 1);
    assert_int_equal(base.checks, 1); /* before the load */
    cache_free(c);
}

static void same_bot_of_two_workspaces(void **state)
{
    struct cache *c = cache_new(&source, 1 << 20, 60000);
    struct snapshot *a, *b;

    (void)state;
    assert_int_equal(get(c, TENANT_A, 1, 0, &a), 0);
    assert_int_equal(get(c, TENANT_B, 1, 0, &b), 0);
    assert_string_equal(a->documents[0].name, TENANT_A);
    assert_string_equal(b->documents[0].name, TENANT_B);
    assert_int_equal(base.loads, 2);
    snapshot_unref(a);
    snapshot_unref(b);
    cache_free(c);
}

static void old_ones_are_checked(void **state)
{
    struct cache *c = cache_new(&source, 1 << 20, 0);

    (void)state;
    get_version(c, 1, 0);
    cs_sleep_ms(2);
    get_version(c, 1, 0);
    assert_int_equal(base.checks, 2);
    assert_int_equal(base.loads, 1); /* the same version: kept */
    base.version = 2;
    cs_sleep_ms(2);
    assert_int_equal(get_version(c, 1, 0), 2);
    assert_int_equal(base.loads, 2);
    cache_free(c);
}

static void min_version_does_not_wait_for_age(void **state)
{
    struct cache *c = cache_new(&source, 1 << 20, 60000);
    struct snapshot *s = NULL;

    (void)state;
    get_version(c, 1, 0);
    base.version = 2;
    assert_int_equal(get_version(c, 1, 0), 1);
    assert_int_equal(get_version(c, 1, 2), 2);
    assert_int_equal(get(c, TENANT_A, 1, 3, &s), STORE_STALE);
    assert_null(s);
    cache_free(c);
}

static void gone_collections_are_forgotten(void **state)
{
    struct cache *c = cache_new(&source, 1 << 20, 0);
    struct snapshot *s = NULL;

    (void)state;
    get_version(c, 1, 0);
    assert_true(cache_bytes(c) > 0);
    base.version = 0;
    cs_sleep_ms(2);
    assert_int_equal(get(c, TENANT_A, 1, 0, &s), STORE_NONE);
    assert_int_equal(cache_bytes(c), 0);
    assert_int_equal(get(c, TENANT_A, 2, 0, &s), STORE_NONE);
    cache_free(c);
}

static void failures_pass_and_are_not_kept(void **state)
{
    struct cache *c = cache_new(&source, 1 << 20, 0);
    struct snapshot *s = NULL;

    (void)state;
    base.failing = 1;
    assert_int_equal(get(c, TENANT_A, 1, 0, &s), -500);
    base.failing = 0;
    get_version(c, 1, 0);
    base.failing = 1;
    cs_sleep_ms(2);
    assert_int_equal(get(c, TENANT_A, 1, 0, &s), -500); /* an unchecked one is not served */
    base.failing = 0;
    get_version(c, 1, 0);
    assert_int_equal(base.loads, 1); /* it was kept meanwhile */
    cache_free(c);
}

static void least_recently_used_goes(void **state)
{
    struct cache *c = cache_new(&source, 1 << 20, 60000);
    struct snapshot *held;

    (void)state;
    get_version(c, 1, 0);
    size_t one = cache_bytes(c);
    cache_free(c);

    c = cache_new(&source, one * 8, 60000);
    assert_int_equal(get(c, TENANT_A, 1, 0, &held), 0);
    for (int bot = 2; bot <= 8; bot++)
        get_version(c, bot, 0);
    get_version(c, 1, 0);
    get_version(c, 9, 0); /* 2 goes */
    assert_int_equal(cache_bytes(c), one * 8);
    base.loads = 0;
    get_version(c, 9, 0);
    get_version(c, 1, 0);
    assert_int_equal(base.loads, 0);
    for (int bot = 10; bot <= 17; bot++) /* all others go, 1 though it is held */
        get_version(c, bot, 0);
    get_version(c, 1, 0);
    assert_int_equal(base.loads, 9);
    assert_string_equal(held->documents[0].name, TENANT_A);
    snapshot_unref(held);
    cache_free(c);
}

static size_t size_of_one(void)
{
    struct cache *c = cache_new(&source, 1 << 20, 60000);

    get_version(c, 1, 0);
    size_t one = cache_bytes(c);
    cache_free(c);
    return one;
}

/* the loads that it takes to get this collection again */
static int loads_of(struct cache *c, const char *tenant, int bot)
{
    struct snapshot *s;
    int before = base.loads;

    assert_int_equal(get(c, tenant, bot, 0, &s), 0);
    snapshot_unref(s);
    return base.loads - before;
}

static void a_workspace_drops_its_own_first(void **state)
{
    size_t one = size_of_one();
    struct cache *c = cache_new(&source, one * 8, 60000);

    (void)state;
    assert_int_equal(loads_of(c, TENANT_B, 1), 1); /* the oldest of all */
    for (int bot = 1; bot <= 20; bot++)
        assert_int_equal(loads_of(c, TENANT_A, bot), 1);
    assert_int_equal(loads_of(c, TENANT_B, 1), 0);
    assert_int_equal(cache_bytes(c), one * 8);
    cache_free(c);
}

/* One that is larger than a share has its own place: it is kept, and the small ones of others stay. */
static void a_large_one_drops_no_small_one(void **state)
{
    size_t one = size_of_one();
    struct cache *c = cache_new(&source, one * 8, 60000);

    (void)state;
    for (int bot = 1; bot <= 8; bot++)
        loads_of(c, TENANT_B, bot);
    base.n_chunks = 20000;
    assert_int_equal(loads_of(c, TENANT_A, 1), 1);
    assert_int_equal(loads_of(c, TENANT_A, 1), 0);
    assert_true(cache_bytes(c) > one * 16);
    assert_int_equal(loads_of(c, TENANT_A, 2), 1); /* the other large one goes */
    for (int bot = 1; bot <= 8; bot++)
        assert_int_equal(loads_of(c, TENANT_B, bot), 0);
    assert_int_equal(loads_of(c, TENANT_A, 1), 1);
    cache_free(c);
}

static void one_too_large_stays_alone(void **state)
{
    struct cache *c = cache_new(&source, 1, 60000);

    (void)state;
    get_version(c, 1, 0);
    get_version(c, 1, 0);
    assert_int_equal(base.loads, 1);
    size_t one = cache_bytes(c);
    get_version(c, 2, 0);
    assert_int_equal(cache_bytes(c), one);
    cache_free(c);
}

enum { THREADS = 8 };

static void *get_slow(void *state)
{
    struct snapshot *s;

    if (get(state, TENANT_A, 1, 0, &s) == 0)
        snapshot_unref(s);
    return NULL;
}

/* until a load has begun */
static void wait_for_load(void)
{
    for (int loads = 0; loads == 0; cs_sleep_ms(5)) {
        pthread_mutex_lock(&base.lock);
        loads = base.loads;
        pthread_mutex_unlock(&base.lock);
    }
}

static void many_wait_for_one_load(void **state)
{
    struct cache *c = cache_new(&source, 1 << 20, 60000);
    struct cache_key k = key_of(TENANT_A, 1);
    struct snapshot *s = NULL;
    pthread_t threads[THREADS];

    (void)state;
    base.load_ms = 500;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, get_slow, c);
    wait_for_load();
    /* who has no time does not wait for the load to end */
    assert_int_equal(cache_get(c, &k, 0, cs_mono_ms() + 20, NULL, &s), STORE_LATE);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(base.loads, 1);
    cache_free(c);
}

struct wanted {
    struct cache *c;
    const char *tenant;
    int bot;
};

static void *get_one(void *state)
{
    struct wanted *w = state;
    struct snapshot *s = NULL;

    assert_int_equal(get(w->c, w->tenant, w->bot, 0, &s), 0);
    snapshot_unref(s);
    return NULL;
}

static void two_loads_run_at_a_time_and_one_of_a_workspace(void **state)
{
    struct cache *c = cache_new(&source, 1 << 20, 60000);
    struct wanted wanted[THREADS];
    pthread_t threads[THREADS];

    (void)state;
    base.load_ms = 20;
    for (int i = 0; i < THREADS; i++) { /* most are of A */
        wanted[i] = (struct wanted){c, i % 4 == 3 ? TENANT_B : TENANT_A, i};
        pthread_create(&threads[i], NULL, get_one, &wanted[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(base.loads, THREADS);
    assert_true(base.most <= 2);
    assert_int_equal(base.most_a, 1);
    cache_free(c);
}

/* Others are dropped before a load begins, not when it has taken the memory. */
static void a_load_reserves_its_bytes(void **state)
{
    size_t one = size_of_one();
    struct cache *c = base.watched = cache_new(&source, one * 8, 60000);

    (void)state;
    base.bytes = (int64_t)one;
    for (int bot = 1; bot <= 8; bot++)
        loads_of(c, TENANT_A, bot);
    base.bytes = (int64_t)one * 2;
    base.held = 0;
    assert_int_equal(loads_of(c, TENANT_B, 1), 1);
    assert_int_equal(base.held, one * 6);
    assert_int_equal(cache_bytes(c), one * 7);
    cache_free(c);
}

/* A collection that no load has measured may take a share. */
static void an_unknown_one_reserves_a_share(void **state)
{
    size_t one = size_of_one();
    struct cache *c = base.watched = cache_new(&source, one * 8, 60000);

    (void)state;
    for (int bot = 1; bot <= 8; bot++)
        loads_of(c, TENANT_A, bot);
    base.bytes = -1;
    base.held = 0;
    loads_of(c, TENANT_B, 1);
    assert_int_equal(base.held, one * 6);
    cache_free(c);
}

/* The snapshot that is replaced makes room for the new one. */
static void a_reload_holds_one_of_both(void **state)
{
    size_t one = size_of_one();
    struct cache *c = base.watched = cache_new(&source, one * 8, 60000);

    (void)state;
    base.bytes = (int64_t)one;
    assert_int_equal(get_version(c, 1, 0), 1);
    base.version = 2;
    base.held = 0;
    assert_int_equal(get_version(c, 1, 2), 2);
    assert_int_equal(base.held, 0);
    assert_int_equal(cache_bytes(c), one);
    cache_free(c);
}

static void large_ones_are_loaded_one_after_the_other(void **state)
{
    struct cache *c = cache_new(&source, 1 << 20, 60000);
    struct wanted wanted[] = {{c, TENANT_A, 1}, {c, TENANT_B, 1}};
    pthread_t threads[2];

    (void)state;
    base.load_ms = 50;
    base.bytes = (int64_t)cache_share(c) + 1;
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, get_one, &wanted[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(base.loads, 2);
    assert_int_equal(base.most, 1);
    cache_free(c);
}

static int turn_is_taken(void *state)
{
    struct cache *c = state;
    struct cache_key k = key_of(TENANT_A, 1);
    struct snapshot *s = NULL;

    assert_int_equal(cache_get(c, &k, 0, cs_mono_ms() + 20, NULL, &s), STORE_LATE);
    assert_int_equal(cache_in_turn(c, TENANT_A, 1, cs_mono_ms() + 20, turn_is_taken, c),
                     STORE_LATE);
    return 7;
}

/* What a workspace measures is a load: others of the workspace wait for it, and it reserves its bytes. */
static void work_takes_the_turn_of_a_load(void **state)
{
    size_t one = size_of_one();
    struct cache *c = cache_new(&source, one * 8, 60000);

    (void)state;
    for (int bot = 1; bot <= 8; bot++)
        loads_of(c, TENANT_B, bot);
    assert_int_equal(cache_in_turn(c, TENANT_A, one * 2, cs_mono_ms() + 5000, turn_is_taken, c), 7);
    assert_int_equal(cache_bytes(c), one * 6);
    assert_int_equal(loads_of(c, TENANT_A, 1), 1);
    cache_free(c);
}

static void *get_often(void *state)
{
    int64_t newest[6] = {0};
    uintptr_t wrong = 0;

    for (int i = 0; i < 2000; i++) {
        int bot = i % 5 + 1;
        struct snapshot *s;

        if (get(state, TENANT_A, bot, 0, &s) != 0)
            return (void *)1;
        /* versions never go back, and what is held can be read whatever is dropped meanwhile */
        wrong |= s->version < newest[bot] || strcmp(s->documents[0].name, TENANT_A) != 0;
        newest[bot] = s->version;
        snapshot_unref(s);
        if (i % 50 == 0) {
            pthread_mutex_lock(&base.lock);
            base.version++;
            pthread_mutex_unlock(&base.lock);
        }
    }
    return (void *)wrong;
}

static void threads_dropping_and_loading(void **state)
{
    struct cache *c = cache_new(&source, 1 << 20, 60000);
    pthread_t threads[THREADS];

    (void)state;
    get_version(c, 1, 0);
    size_t one = cache_bytes(c);
    cache_free(c);
    c = cache_new(&source, one * 3, 0);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, get_often, c);
    for (int i = 0; i < THREADS; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    assert_true(cache_bytes(c) <= one * 3);
    cache_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(loads_once, reset),
        cmocka_unit_test_setup(same_bot_of_two_workspaces, reset),
        cmocka_unit_test_setup(old_ones_are_checked, reset),
        cmocka_unit_test_setup(min_version_does_not_wait_for_age, reset),
        cmocka_unit_test_setup(gone_collections_are_forgotten, reset),
        cmocka_unit_test_setup(failures_pass_and_are_not_kept, reset),
        cmocka_unit_test_setup(least_recently_used_goes, reset),
        cmocka_unit_test_setup(one_too_large_stays_alone, reset),
        cmocka_unit_test_setup(a_workspace_drops_its_own_first, reset),
        cmocka_unit_test_setup(a_large_one_drops_no_small_one, reset),
        cmocka_unit_test_setup(two_loads_run_at_a_time_and_one_of_a_workspace, reset),
        cmocka_unit_test_setup(many_wait_for_one_load, reset),
        cmocka_unit_test_setup(a_load_reserves_its_bytes, reset),
        cmocka_unit_test_setup(an_unknown_one_reserves_a_share, reset),
        cmocka_unit_test_setup(a_reload_holds_one_of_both, reset),
        cmocka_unit_test_setup(large_ones_are_loaded_one_after_the_other, reset),
        cmocka_unit_test_setup(work_takes_the_turn_of_a_load, reset),
        cmocka_unit_test_setup(threads_dropping_and_loading, reset),
    };

    return test_run(tests);
}
