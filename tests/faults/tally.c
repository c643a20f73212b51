/* Counts by name under one lock, for many threads of one fault test. */
#include "faults.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ODD = 8 };

struct tally {
    pthread_mutex_t lock;
    json_t *json;
};

struct tally *tally_new(void)
{
    struct tally *t = calloc(1, sizeof(*t));

    if (!t)
        abort();
    pthread_mutex_init(&t->lock, NULL);
    t->json = json_pack("{s:i, s:{}, s:[]}", "no_retry_after", 0, "slowest_ms", "odd");
    return t;
}

static json_t *child(json_t *o, const char *name)
{
    json_t *c = json_object_get(o, name);

    if (c)
        return c;
    json_object_set_new(o, name, json_object());
    return json_object_get(o, name);
}

static void increase(json_t *o, const char *key)
{
    json_object_set_new(o, key, json_integer(json_integer_value(json_object_get(o, key)) + 1));
}

void tally_add(struct tally *t, const char *kind, const char *key)
{
    pthread_mutex_lock(&t->lock);
    increase(child(t->json, kind), key);
    pthread_mutex_unlock(&t->lock);
}

void tally_number(struct tally *t, const char *name, long value)
{
    pthread_mutex_lock(&t->lock);
    json_object_set_new(t->json, name, json_integer(value));
    pthread_mutex_unlock(&t->lock);
}

void tally_slowest(struct tally *t, const char *kind, long ms)
{
    pthread_mutex_lock(&t->lock);
    json_t *slowest = json_object_get(t->json, "slowest_ms");
    if (ms > json_integer_value(json_object_get(slowest, kind)))
        json_object_set_new(slowest, kind, json_integer(ms));
    pthread_mutex_unlock(&t->lock);
}

static void note_odd(struct tally *t, const char *what, const struct tc_reply *r)
{
    json_t *odd = json_object_get(t->json, "odd");

    if (json_array_size(odd) < MAX_ODD)
        json_array_append_new(odd, json_sprintf("%s: %ld after %.1f s %s %.300s", what, r->status,
                                                r->seconds, r->error, r->body.data));
}

void tally_reply(struct tally *t, const char *kind, const char *what, const struct tc_reply *r)
{
    char status[16], retry_after[64];
    bool refused = r->status == 0 && strstr(r->error, "Failed to connect");

    snprintf(status, sizeof(status), "%ld", r->status);
    if (refused)
        snprintf(status, sizeof(status), "refused");
    tc_header(r, "retry-after", retry_after, sizeof(retry_after));
    tally_add(t, kind, status);
    tally_slowest(t, kind, (long)(r->seconds * 1000));
    pthread_mutex_lock(&t->lock);
    if ((r->status == 503 || r->status == 429) && !*retry_after)
        increase(t->json, "no_retry_after");
    if ((r->status == 0 && !refused) || (r->status >= 500 && r->status != 503))
        note_odd(t, what, r);
    pthread_mutex_unlock(&t->lock);
}

void tally_print_and_free(struct tally *t)
{
    char *text = json_dumps(t->json, JSON_COMPACT);

    puts(text);
    free(text);
    json_decref(t->json);
    pthread_mutex_destroy(&t->lock);
    free(t);
}
