/* SIGKILL for each process in turn; the supervisor starts it again. */
#include "storm.h"

#include "base/clock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The broker comes before chat: frames live in its memory, so what a dead runner had said is lost
 * when the broker dies too before the take-over, 15 s later.
 */
static const char *const victims[] = {"nats",     "postgres", "ingest",    "chat",
                                      "retrieve", "auth",     "bot-store", "embed",
                                      "edge",     "ingest",   "chat",      "chat"};

static pid_t pid_of(const struct storm *s, const char *name)
{
    char path[1024], text[32] = "";
    FILE *f;

    snprintf(path, sizeof(path), "%s/pids/%s", s->state, name);
    f = fopen(path, "re");
    if (!f)
        return 0;
    if (!fgets(text, sizeof(text), f))
        text[0] = '\0';
    fclose(f);
    return (pid_t)strtol(text, NULL, 10);
}

/* The edge answers and every service with it. */
static bool all_well(const struct storm *s, struct tc *c)
{
    struct tc_reply r;
    json_t *item;
    size_t i;
    bool ok;

    json_t *list = json_object_get(tc_json(c, "GET", "/api/v1/status", NULL, NULL, &r), "services");
    ok = json_array_size(list) > 0;
    json_array_foreach(list, i, item)
    {
        const char *status = json_string_value(json_object_get(item, "status"));
        ok = ok && status && strcmp(status, "ok") == 0;
    }
    (void)s;
    tc_reply_free(&r);
    return ok;
}

static bool kill_one(struct storm *s, struct tc *c, const char *name)
{
    pid_t pid = pid_of(s, name);
    int64_t began = cs_mono_ms();

    if (pid <= 1 || kill(pid, SIGKILL) != 0) {
        printf("  FAIL  %s cannot be killed\n", name);
        return false;
    }
    cs_sleep_ms(300);
    while (pid_of(s, name) == pid || !all_well(s, c)) {
        if (cs_mono_ms() - began > 60000) {
            printf("  FAIL  %s did not come back within 60 s\n", name);
            return false;
        }
        cs_sleep_ms(100);
    }
    printf("  ok    %s (pid %d) killed at work, all well again after %lld ms\n", name, (int)pid,
           (long long)(cs_mono_ms() - began));
    fflush(stdout);
    return true;
}

void *storm_killer(void *arg)
{
    struct storm *s = arg;
    struct tc c;

    tc_init(&c, s->base_url);
    cs_sleep_ms(500);
    for (size_t i = 0; i < sizeof(victims) / sizeof(victims[0]); i++) {
        if (!kill_one(s, &c, victims[i]))
            break;
        s->n_kills++;
        cs_sleep_ms(700);
    }
    tc_free(&c);
    atomic_store(&s->killing, false);
    return NULL;
}
