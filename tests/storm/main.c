/* storm <base url> <state folder> [uploads] [turns]; see storm.h */
#include "storm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UPLOADERS = 2, TALKERS = 6 };

static bool make_bot(struct storm *s)
{
    struct tc c;
    struct tc_reply r;
    const char *id;

    tc_init(&c, s->base_url);
    s->token = tc_register(&c, "storm");
    id = json_string_value(json_object_get(
        tc_json(&c, "POST", "/api/v1/bots", s->token, "{\"name\":\"storm\"}", &r), "id"));
    if (id)
        snprintf(s->bot, sizeof(s->bot), "%s", id);
    tc_reply_free(&r);
    tc_free(&c);
    return s->token && *s->bot;
}

static void rage(struct storm *s)
{
    pthread_t threads[UPLOADERS + TALKERS + 1];
    int n = 0;

    for (int i = 0; i < UPLOADERS; i++)
        pthread_create(&threads[n++], NULL, storm_uploader, s);
    for (int i = 0; i < TALKERS; i++)
        pthread_create(&threads[n++], NULL, storm_talker, s);
    pthread_create(&threads[n++], NULL, storm_killer, s);
    for (int i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
}

static void storm_free(struct storm *s)
{
    for (size_t i = 0; i < s->n_turns; i++)
        free(s->turns[i].heard);
    free(s->turns);
    free(s->uploads);
    free(s->token);
}

int main(int argc, char **argv)
{
    struct storm s = {.want_uploads = 50, .want_turns = 100, .lock = PTHREAD_MUTEX_INITIALIZER};
    int n_passed, n_failed;

    if (argc < 3) {
        fprintf(stderr, "usage: storm <base url> <state folder> [uploads] [turns]\n");
        return 2;
    }
    s.base_url = argv[1];
    s.state = argv[2];
    if (argc > 4) {
        s.want_uploads = (int)strtol(argv[3], NULL, 10);
        s.want_turns = (int)strtol(argv[4], NULL, 10);
    }
    atomic_store(&s.killing, true);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (!make_bot(&s)) {
        fprintf(stderr, "storm: cannot make a bot\n");
        return 1;
    }
    rage(&s);
    printf("  %zu processes killed; %d requests refused meanwhile\n", s.n_kills,
           atomic_load(&s.n_refused));
    n_failed = storm_verify(&s, &n_passed);
    if (s.n_kills < 12)
        n_failed++;
    n_passed += (int)s.n_kills;
    printf("storm: %d passed, %d failed, 0 skipped\n", n_passed, n_failed);
    storm_free(&s);
    curl_global_cleanup();
    return n_failed > 0;
}
