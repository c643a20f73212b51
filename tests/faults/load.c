/* A bit of everything, without pause, by many. */
#include "faults.h"

#include "base/clock.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    READ_EVERY_MS = 10,
    HESITATE_MS = 300,
    TALK_EVERY_MS = 20,
    WRITE_EVERY_MS = 50,
    UPLOAD_EVERY_MS = 150,
    FILE_EVERY_MS = 1000,
    FILE_BYTES = 1200 * 1000, /* kept on disk by the edge, and sent on in parts */
    MAX_WORKERS = 16,
};

static struct {
    const char *urls[2], *token;
    const char *bots[3]; /* two to talk with, one for large files */
    struct tally *tally;
    atomic_bool over;
} load;

/* workers are spread over the edges, and go to the other one where nobody listens */
static int begin(struct tc *c, void *number)
{
    int i = (int)(intptr_t)number;

    tc_init(c, load.urls[i % 2]);
    c->other_url = load.urls[(i + 1) % 2];
    return i;
}

static bool on(int every_ms)
{
    cs_sleep_ms(every_ms);
    return !atomic_load(&load.over);
}

static void read_on(struct tc *c, int i)
{
    char paths[3][160];

    snprintf(paths[0], sizeof(paths[0]), "/api/v1/bots/%s", load.bots[0]);
    snprintf(paths[1], sizeof(paths[1]), "/api/v1/bots/%s/documents", load.bots[0]);
    snprintf(paths[2], sizeof(paths[2]), "/api/v1/conversations");
    do {
        struct tc_reply r;
        tc_json(c, "GET", paths[i % 3], load.token, NULL, &r);
        tally_reply(load.tally, "get", paths[i % 3], &r);
        tc_reply_free(&r);
        i++;
    } while (on(READ_EVERY_MS));
}

static void *reader(void *number)
{
    struct tc c;
    int i = begin(&c, number);

    read_on(&c, i);
    tc_free(&c);
    return NULL;
}

/* whoever is connected when an edge begins to stop, and asks only then */
static void *late_reader(void *number)
{
    struct tc c;
    int i = begin(&c, number);

    c.hesitate_ms = HESITATE_MS;
    read_on(&c, i);
    tc_free(&c);
    return NULL;
}

static void *talker(void *number)
{
    struct tc c;
    char conversation[40];
    int i = begin(&c, number);

    if (begin_conversation(&c, load.token, load.bots[i / 2 % 2], conversation))
        do
            say(&c, load.tally, load.token, conversation, i % 2);
        while (on(TALK_EVERY_MS));
    else
        tally_add(load.tally, "turn", "no conversation");
    tc_free(&c);
    return NULL;
}

static void write_title(struct tc *c, const char *conversation)
{
    char path[160];
    struct tc_reply r;

    snprintf(path, sizeof(path), "/api/v1/conversations/%s", conversation);
    tc_json(c, "PATCH", path, load.token, "{\"title\":\"Of masts\"}", &r);
    tally_reply(load.tally, "patch", path, &r);
    tc_reply_free(&r);
}

static void *writer(void *number)
{
    struct tc c;
    char body[128];

    begin(&c, number);
    snprintf(body, sizeof(body), "{\"bot_id\":\"%s\"}", load.bots[0]);
    do {
        struct tc_reply r;
        const char *path = "/api/v1/conversations";
        const char *id = json_string_value(
            json_object_get(tc_json(&c, "POST", path, load.token, body, &r), "id"));
        tally_reply(load.tally, "post", path, &r);
        if (id)
            write_title(&c, id);
        tc_reply_free(&r);
    } while (on(WRITE_EVERY_MS));
    tc_free(&c);
    return NULL;
}

static void *uploader(void *number)
{
    struct tc c;
    char path[160];

    begin(&c, number);
    snprintf(path, sizeof(path), "/api/v1/bots/%s/documents", load.bots[0]);
    for (int i = 0; on(UPLOAD_EVERY_MS); i++) {
        char body[256];
        struct tc_reply r;
        snprintf(body, sizeof(body),
                 "{\"name\":\"load-%d.md\",\"text\":\"# Part %d\\n\\nOf masts and sails, %d.\\n\"}",
                 (int)getpid(), i, i);
        tc_json(&c, "POST", path, load.token, body, &r);
        tally_reply(load.tally, "upload", path, &r);
        tc_reply_free(&r);
    }
    tc_free(&c);
    return NULL;
}

/* each has a name of its own: the same bytes under the same name would be the same document */
static void make_file(struct cs_buf *out, int number)
{
    cs_buf_clear(out);
    cs_buf_addf(out,
                "--part\r\nContent-Disposition: form-data; name=\"file\"; "
                "filename=\"large-%d-%d.md\"\r\nContent-Type: text/markdown\r\n\r\n",
                (int)getpid(), number);
    for (int i = 0; out->len < FILE_BYTES; i++)
        cs_buf_addf(out, "Line %d, of masts and sails, and of the wind in them.\n", i);
    cs_buf_adds(out, "\r\n--part--\r\n");
}

static void *filer(void *number)
{
    static const char *const headers[] = {"Content-Type: multipart/form-data; boundary=part", NULL};
    CS_BUF_AUTO struct cs_buf file = {0};
    struct tc c;
    char path[160];
    int files = 0;

    begin(&c, number);
    snprintf(path, sizeof(path), "/api/v1/bots/%s/documents", load.bots[2]);
    do {
        struct tc_reply r;
        make_file(&file, files++);
        tc_do(&c,
              &(struct tc_request){.method = "POST",
                                   .path = path,
                                   .token = load.token,
                                   .headers = headers,
                                   .body = file.data,
                                   .body_len = file.len},
              &r);
        tally_reply(load.tally, "file", path, &r);
        tc_reply_free(&r);
    } while (on(FILE_EVERY_MS));
    tc_free(&c);
    return NULL;
}

static const struct {
    void *(*run)(void *number);
    int n;
} workers[] = {{reader, 6}, {talker, 4}, {late_reader, 2}, {writer, 1}, {uploader, 1}, {filer, 1}};

static void wait_until(int seconds)
{
    const struct timespec patience = {.tv_sec = seconds};
    sigset_t stop;

    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigtimedwait(&stop, NULL, &patience);
    atomic_store(&load.over, true);
}

/* "a,b" into its items; those that are missing are as the last */
static void split(char *list, const char **items, int n)
{
    for (int i = 0; i < n; i++) {
        char *comma = strchr(list, ',');
        items[i] = list;
        if (!comma)
            continue;
        *comma = '\0';
        list = comma + 1;
    }
}

int run_load(int argc, char **argv)
{
    pthread_t threads[MAX_WORKERS];
    int n = 0;
    sigset_t stop;
    (void)argc;

    split(argv[0], load.urls, 2);
    load.token = argv[1];
    split(argv[2], load.bots, 3);
    load.tally = tally_new();
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    for (size_t k = 0; k < sizeof(workers) / sizeof(workers[0]); k++)
        for (int i = 0; i < workers[k].n; i++, n++)
            pthread_create(&threads[n], NULL, workers[k].run, (void *)(intptr_t)n);
    wait_until((int)strtol(argv[3], NULL, 10));
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    tally_print_and_free(load.tally);
    return 0;
}
