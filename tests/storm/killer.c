/* SIGKILL for the processes of the stack; the supervisor starts them again. */
#include "storm.h"

#include "base/clock.h"
#include "base/id.h"
#include "nats/topology.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The broker comes before chat: frames live in its memory, so what a dead runner had said is lost
 * when the broker dies too before the take-over, 15 s later.
 */
static const char *const first[] = {"nats", "postgres"}, *const again[] = {"ingest", "chat",
                                                                           "chat"};
enum { MAX_VICTIMS = 64, N_FIRST = 2, N_AGAIN = 3 };

static const char *victims[MAX_VICTIMS];
static size_t n_victims;

/* The broker, the database, each process of the topology, and the busiest once more. */
static void victims_list(void)
{
    n_victims = 0;
    for (size_t i = 0; i < N_FIRST; i++)
        victims[n_victims++] = first[i];
    for (const struct cs_node *n = cs_topology; n->service; n++)
        if (n_victims < MAX_VICTIMS - N_AGAIN)
            victims[n_victims++] = cs_node_process(n);
    for (size_t i = 0; i < N_AGAIN; i++)
        victims[n_victims++] = again[i];
}

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
    json_array_foreach(list, i, item) {
        const char *status = json_string_value(json_object_get(item, "status"));
        ok = ok && status && strcmp(status, "ok") == 0;
    }
    (void)s;
    tc_reply_free(&r);
    return ok;
}

static bool kill_one(struct storm *s, const char *name, pid_t *ret_pid)
{
    *ret_pid = pid_of(s, name);
    if (strcmp(name, "nats") == 0 && s->n_broker_kills < STORM_BROKER_KILLS)
        s->broker_killed_ms[s->n_broker_kills++] = cs_mono_ms();
    return *ret_pid > 1 && kill(*ret_pid, SIGKILL) == 0;
}

static bool comes_back(const struct storm *s, struct tc *c, const char *name, pid_t pid)
{
    int64_t until = cs_mono_ms() + 60000;

    cs_sleep_ms(300);
    while (pid_of(s, name) == pid || !all_well(s, c)) {
        if (cs_mono_ms() > until) {
            printf("  FAIL  %s did not come back within 60 s\n", name);
            return false;
        }
        cs_sleep_ms(100);
    }
    return true;
}

static void in_turn(struct storm *s, struct tc *c)
{
    for (size_t i = 0; i < n_victims; i++) {
        int64_t began = cs_mono_ms();
        pid_t pid;
        if (!kill_one(s, victims[i], &pid)) {
            printf("  FAIL  %s cannot be killed\n", victims[i]);
            return;
        }
        if (!comes_back(s, c, victims[i], pid))
            return;
        printf("  ok    %s (pid %d) killed at work, all well again after %lld ms\n", victims[i],
               (int)pid, (long long)(cs_mono_ms() - began));
        fflush(stdout);
        s->n_kills++;
        cs_sleep_ms(700);
    }
}

/* sometimes another one dies before the first is back */
static void at_random(struct storm *s, struct tc *c)
{
    while (cs_mono_ms() < s->until_ms) {
        uint32_t random[4];
        pid_t pid;
        cs_random(random, sizeof(random));
        const char *name = victims[random[0] % n_victims];
        if (!kill_one(s, name, &pid)) {
            cs_sleep_ms(100);
            continue;
        }
        s->n_kills++;
        if (random[1] % 4 == 0) {
            pid_t other;
            cs_sleep_ms(random[2] % 1000);
            s->n_kills += kill_one(s, victims[random[2] % n_victims], &other);
        }
        if (!comes_back(s, c, name, pid)) {
            s->n_kills = 0; /* which fails */
            return;
        }
        cs_sleep_ms(random[3] % 4000);
    }
}

void *storm_killer(void *arg)
{
    struct storm *s = arg;
    struct tc c;

    victims_list();
    tc_init(&c, s->base_url);
    cs_sleep_ms(500);
    if (s->soak)
        at_random(s, &c);
    else
        in_turn(s, &c);
    tc_free(&c);
    atomic_store(&s->killing, false);
    return NULL;
}
