/* A bit of everything, without pause, by many. */
#include "faults.h"

#include "base/clock.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { READERS = 6, TALKERS = 4, READ_EVERY_MS = 10, TALK_EVERY_MS = 20, UPLOAD_EVERY_MS = 150 };

static struct {
    const char *base_url, *token, *bot;
    struct tally *tally;
    atomic_bool over;
    atomic_int next;
} load;

static void *reader(void *arg)
{
    struct tc c;
    char paths[3][160];
    (void)arg;

    tc_init(&c, load.base_url);
    snprintf(paths[0], sizeof(paths[0]), "/api/v1/bots/%s", load.bot);
    snprintf(paths[1], sizeof(paths[1]), "/api/v1/bots/%s/documents", load.bot);
    snprintf(paths[2], sizeof(paths[2]), "/api/v1/conversations");
    for (int i = 0; !atomic_load(&load.over); i++) {
        struct tc_reply r;
        tc_json(&c, "GET", paths[i % 3], load.token, NULL, &r);
        tally_reply(load.tally, "get", paths[i % 3], &r);
        tc_reply_free(&r);
        cs_sleep_ms(READ_EVERY_MS);
    }
    tc_free(&c);
    return NULL;
}

static void *talker(void *arg)
{
    struct tc c;
    char conversation[40];
    bool stream = atomic_fetch_add(&load.next, 1) % 2;
    (void)arg;

    tc_init(&c, load.base_url);
    if (!begin_conversation(&c, load.token, load.bot, conversation))
        tally_add(load.tally, "turn", "no conversation");
    while (*conversation && !atomic_load(&load.over)) {
        say(&c, load.tally, load.token, conversation, stream);
        cs_sleep_ms(TALK_EVERY_MS);
    }
    tc_free(&c);
    return NULL;
}

static void *uploader(void *arg)
{
    struct tc c;
    char path[160];
    (void)arg;

    tc_init(&c, load.base_url);
    snprintf(path, sizeof(path), "/api/v1/bots/%s/documents", load.bot);
    for (int i = 0; !atomic_load(&load.over); i++) {
        char body[256];
        struct tc_reply r;
        snprintf(body, sizeof(body),
                 "{\"name\":\"load.md\",\"text\":\"# Part %d\\n\\nOf masts and sails, %d.\\n\"}", i,
                 i);
        tc_json(&c, "POST", path, load.token, body, &r);
        tally_reply(load.tally, "upload", path, &r);
        tc_reply_free(&r);
        cs_sleep_ms(UPLOAD_EVERY_MS);
    }
    tc_free(&c);
    return NULL;
}

static void wait_until(int seconds)
{
    const struct timespec patience = {.tv_sec = seconds};
    sigset_t stop;

    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigtimedwait(&stop, NULL, &patience);
    atomic_store(&load.over, true);
}

int run_load(int argc, char **argv)
{
    pthread_t threads[READERS + TALKERS + 1];
    int n = 0;
    sigset_t stop;
    (void)argc;

    load.base_url = argv[0];
    load.token = argv[1];
    load.bot = argv[2];
    load.tally = tally_new();
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    for (int i = 0; i < READERS; i++)
        pthread_create(&threads[n++], NULL, reader, NULL);
    for (int i = 0; i < TALKERS; i++)
        pthread_create(&threads[n++], NULL, talker, NULL);
    pthread_create(&threads[n++], NULL, uploader, NULL);
    wait_until((int)strtol(argv[3], NULL, 10));
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    tally_print_and_free(load.tally);
    return 0;
}
