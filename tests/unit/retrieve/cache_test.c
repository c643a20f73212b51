/* A cache over a source of the test, which counts and delays its loads. */
#include "test.h"

#include "words.h"

#include "base/clock.h"
#include "retrieve/cache.h"

#include <pthread.h>
#include <stdio.h>

#define TENANT_A "00000000-0000-7000-8000-0000000000a0"
#define TENANT_B "00000000-0000-7000-8000-0000000000b0"

/* a data base of collections that counts what it is asked; the name of the one document tells whose */
static struct {
    pthread_mutex_t lock;
    int64_t version; /* 0: there are none */
    int loads, checks, failing;
    int load_ms;
} base = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int base_version(void *context, const struct cache_key *key, int64_t *ret)
{
    (void)context, (void)key;
    pthread_mutex_lock(&base.lock);
    base.checks++;
    *ret = base.version;
    int r = base.failing ? -500 : base.version ? 0 : STORE_NONE;
    pthread_mutex_unlock(&base.lock);
    return r;
}

static int base_load(void *context, const struct cache_key *key, struct snapshot **ret)
{
    (void)context;
    pthread_mutex_lock(&base.lock);
    base.loads++;
    int64_t version = base.version;
    int r = base.failing ? -500 : version ? 0 : STORE_NONE, wait = base.load_ms;
    pthread_mutex_unlock(&base.lock);
    if (wait)
        cs_sleep_ms(wait);
    if (r)
        return r;
    *ret = snapshot_new(version);
    snapshot_add_document(*ret, "00000000-0000-7000-8000-000000000001", 1, key->tenant,
                          LANGUAGE_EN);
    snapshot_add_chunk(*ret, "", "some words to hold");
    snapshot_finish(*ret);
    return 0;
}

static const struct cache_source source = {.version = base_version, .load = base_load};

static int reset(void **state)
{
    (void)state;
    base.version = 1;
    base.loads = base.checks = base.failing = base.load_ms = 0;
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
    assert_int_equal(base.checks, 0);
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
    assert_int_equal(base.checks, 1);
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
    assert_int_equal(base.loads, 2); /* the first that failed, and one: it was kept meanwhile */
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

    c = cache_new(&source, one * 2, 60000);
    assert_int_equal(get(c, TENANT_A, 1, 0, &held), 0);
    get_version(c, 2, 0);
    get_version(c, 1, 0);
    get_version(c, 3, 0); /* 2 goes */
    assert_int_equal(cache_bytes(c), one * 2);
    base.loads = 0;
    get_version(c, 1, 0);
    get_version(c, 3, 0);
    assert_int_equal(base.loads, 0);
    get_version(c, 2, 0); /* 1 goes, though it is held */
    get_version(c, 3, 0);
    assert_int_equal(base.loads, 1);
    assert_string_equal(held->documents[0].name, TENANT_A);
    snapshot_unref(held);
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
        cmocka_unit_test_setup(many_wait_for_one_load, reset),
        cmocka_unit_test_setup(threads_dropping_and_loading, reset),
    };

    return test_run_with(tests, words_open, words_close);
}
