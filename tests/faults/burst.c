/* Many at the same moment. */
#include "faults.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_AT_ONCE = 512, PROBE_EVERY_MS = 20 };

static struct {
    char **argv;
    struct tally *tally;
    pthread_barrier_t ready;
    atomic_bool over;
} burst;

static int at_once(int n, void *(*fn)(void *arg))
{
    pthread_t threads[MAX_AT_ONCE];

    if (n < 1 || n > MAX_AT_ONCE)
        return 2;
    burst.tally = tally_new();
    pthread_barrier_init(&burst.ready, NULL, (unsigned)n);
    for (int i = 0; i < n; i++)
        pthread_create(&threads[i], NULL, fn, NULL);
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&burst.ready);
    return 0;
}

static void *login(void *arg)
{
    struct tc c;
    struct tc_reply r;
    char body[256];
    (void)arg;

    tc_init(&c, burst.argv[0]);
    snprintf(body, sizeof(body), "{\"username\":\"%s\",\"password\":\"%s\"}", burst.argv[1],
             burst.argv[2]);
    pthread_barrier_wait(&burst.ready);
    tc_json(&c, "POST", "/api/v1/auth/login", NULL, body, &r);
    tally_reply(burst.tally, "login", "login", &r);
    tc_reply_free(&r);
    tc_free(&c);
    return NULL;
}

int run_logins(int argc, char **argv)
{
    (void)argc;
    burst.argv = argv;
    int status = at_once((int)strtol(argv[3], NULL, 10), login);
    if (status == 0)
        tally_print_and_free(burst.tally);
    return status;
}

static void *turn(void *arg)
{
    struct tc c;
    char conversation[40];
    (void)arg;

    tc_init(&c, burst.argv[0]);
    bool ok = begin_conversation(&c, burst.argv[1], burst.argv[2], conversation);
    pthread_barrier_wait(&burst.ready);
    if (ok)
        say(&c, burst.tally, burst.argv[1], conversation, false);
    tc_free(&c);
    return NULL;
}

/* what others ask of the same services meanwhile */
static void *probe(void *arg)
{
    static const char *const paths[] = {"/api/v1/bots", "/api/v1/conversations"};
    struct tc c;
    (void)arg;

    tc_init(&c, burst.argv[0]);
    for (int i = 0; !atomic_load(&burst.over); i++) {
        struct tc_reply r;
        tc_json(&c, "GET", paths[i % 2], burst.argv[1], NULL, &r);
        tally_reply(burst.tally, "beside", paths[i % 2], &r);
        tc_reply_free(&r);
        cs_sleep_ms(PROBE_EVERY_MS);
    }
    tc_free(&c);
    return NULL;
}

static void *turn_with_probe(void *arg)
{
    pthread_t thread;

    pthread_create(&thread, NULL, probe, NULL);
    turn(arg);
    atomic_store(&burst.over, true);
    pthread_join(thread, NULL);
    return NULL;
}

static void *turn_or_first(void *arg)
{
    static atomic_int next;
    return atomic_fetch_add(&next, 1) == 0 ? turn_with_probe(arg) : turn(arg);
}

int run_turns(int argc, char **argv)
{
    (void)argc;
    burst.argv = argv;
    int status = at_once((int)strtol(argv[3], NULL, 10), turn_or_first);
    if (status == 0)
        tally_print_and_free(burst.tally);
    return status;
}
