/* storm <base url> <state folder> [seconds]; see storm.h */
#include "storm.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UPLOADERS = 2, TALKERS = 6 };

/* a key, since a token lives for 15 minutes */
static char *make_key(struct tc *c, const char *token)
{
    struct tc_reply r;
    char *key = NULL;
    const char *secret = json_string_value(json_object_get(
        tc_json(c, "POST", "/api/v1/api-keys", token,
                "{\"name\":\"storm\",\"scopes\":[\"bots:read\",\"bots:write\",\"documents:read\","
                "\"documents:write\",\"chat:read\",\"chat:write\"]}",
                &r),
        "secret"));

    if (secret)
        key = strdup(secret);
    tc_reply_free(&r);
    return key;
}

static bool ask(struct storm *s, struct tc *c, const char *token, const char *method,
                const char *path, const char *body, char id[40])
{
    struct tc_reply r;
    const char *text =
        json_string_value(json_object_get(tc_json(c, method, path, token, body, &r), "id"));
    bool ok = r.status == 200 || r.status == 201;

    if (!ok)
        fprintf(stderr, "%s %s: %ld %s\n", method, path, r.status, r.body.data);
    if (id && text)
        snprintf(id, 40, "%s", text);
    tc_reply_free(&r);
    (void)s;
    return ok;
}

/* the test provider answers this bot, word by word */
static bool set_model(struct storm *s, struct tc *c, const char *token, const char *bot,
                      const char *provider)
{
    char path[160], body[256];

    snprintf(path, sizeof(path), "/api/v1/bots/%s/provider-keys/house", bot);
    snprintf(body, sizeof(body), "{\"api_key\":\"sk-storm\",\"base_url\":\"http://%s/v1\"}",
             provider);
    if (!ask(s, c, token, "PUT", path, body, NULL))
        return false;
    snprintf(path, sizeof(path), "/api/v1/bots/%s", bot);
    return ask(s, c, token, "PATCH", path,
               "{\"configuration\":{\"llm_provider\":\"house\",\"llm_model\":"
               "\"test?words=40&token=15\"}}",
               NULL);
}

static bool make_bots(struct storm *s)
{
    const char *provider = s->soak ? getenv("CHATSPHERE_EGRESS_ALLOW") : NULL;
    struct tc c;
    bool ok = true;

    tc_init(&c, s->base_url);
    char *token = tc_register(&c, "storm");
    for (int i = 0; i < STORM_BOTS && ok; i++) {
        ok = token && ask(s, &c, token, "POST", "/api/v1/bots", "{\"name\":\"storm\"}", s->bots[i]);
        if (ok && provider && i % 2)
            ok = set_model(s, &c, token, s->bots[i], provider);
    }
    s->token = ok ? make_key(&c, token) : NULL;
    free(token);
    tc_free(&c);
    return s->token;
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
    free(s->seconds);
    free(s->uploads);
    free(s->token);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void print_figures(struct storm *s)
{
    size_t n = s->n_seconds;

    printf("  %zu processes killed; %d requests refused meanwhile\n", s->n_kills,
           atomic_load(&s->n_refused));
    if (n == 0)
        return;
    qsort(s->seconds, n, sizeof(*s->seconds), compare);
    printf("  %zu turns came to their end at once: p50 %.0f ms, p99 %.0f ms\n", n,
           s->seconds[n / 2] * 1000, s->seconds[n * 99 / 100] * 1000);
}

static int judge(struct storm *s)
{
    int n_passed, n_failed = storm_verify(s, &n_passed);

    if (s->n_kills < (s->soak ? 1 : 12))
        n_failed++;
    printf("storm: %d passed, %d failed, 0 skipped\n", n_passed + (int)s->n_kills, n_failed);
    return n_failed > 0;
}

int main(int argc, char **argv)
{
    struct storm s = {.want_uploads = 50, .want_turns = 100, .lock = PTHREAD_MUTEX_INITIALIZER};

    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: storm <base url> <state folder> [seconds]\n");
        return 2;
    }
    s.base_url = argv[1];
    s.state = argv[2];
    if (argc == 4) {
        s.soak = true;
        s.until_ms = cs_mono_ms() + strtol(argv[3], NULL, 10) * 1000;
    }
    atomic_store(&s.killing, true);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (!make_bots(&s)) {
        fprintf(stderr, "storm: cannot make its bots\n");
        return 1;
    }
    rage(&s);
    print_figures(&s);
    int status = judge(&s);
    storm_free(&s);
    curl_global_cleanup();
    return status;
}
