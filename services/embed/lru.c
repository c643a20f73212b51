/* A hash table whose entries are also in a list by age. */
#include "embed/lru.h"

#include "base/list.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096 };

struct entry {
    struct entry *same; /* in the bucket */
    struct list age;
    unsigned char key[LRU_KEY];
    size_t len;
    unsigned char data[];
};

struct lru {
    pthread_mutex_t lock;
    size_t bytes, max;
    struct list ages; /* oldest first */
    struct entry *buckets[BUCKETS];
};

struct lru *lru_new(size_t max_bytes)
{
    struct lru *l = calloc(1, sizeof(*l));

    if (!l)
        abort();
    pthread_mutex_init(&l->lock, NULL);
    list_init(&l->ages);
    l->max = max_bytes;
    return l;
}

void lru_free(struct lru *l)
{
    if (!l)
        return;
    for (struct list *at = l->ages.next, *next; at != &l->ages; at = next) {
        next = at->next;
        free(LIST_OF(at, struct entry, age));
    }
    pthread_mutex_destroy(&l->lock);
    free(l);
}

/* where the key is, or would be */
static struct entry **entry_find(struct lru *l, const unsigned char *key)
{
    struct entry **at = &l->buckets[(key[0] | (unsigned)key[1] << 8) % BUCKETS];

    while (*at && memcmp((*at)->key, key, LRU_KEY) != 0)
        at = &(*at)->same;
    return at;
}

static size_t entry_size(const struct entry *e)
{
    return sizeof(*e) + e->len;
}

static void entry_drop(struct lru *l, struct entry **at)
{
    struct entry *e = *at;

    *at = e->same;
    list_remove(&e->age);
    l->bytes -= entry_size(e);
    free(e);
}

void lru_put(struct lru *l, const unsigned char key[LRU_KEY], const void *data, size_t len)
{
    struct entry *e = malloc(sizeof(*e) + len);

    if (!e)
        abort();
    *e = (struct entry){.len = len};
    memcpy(e->key, key, LRU_KEY);
    memcpy(e->data, data, len);
    pthread_mutex_lock(&l->lock);
    struct entry **at = entry_find(l, key);
    if (*at)
        entry_drop(l, at);
    at = entry_find(l, key);
    *at = e;
    list_add(&l->ages, &e->age);
    l->bytes += entry_size(e);
    while (l->bytes > l->max)
        entry_drop(l, entry_find(l, LIST_OF(l->ages.next, struct entry, age)->key));
    pthread_mutex_unlock(&l->lock);
}

void *lru_get(struct lru *l, const unsigned char key[LRU_KEY], struct cs_arena *a, size_t *ret_len)
{
    void *copy = NULL;

    pthread_mutex_lock(&l->lock);
    struct entry *e = *entry_find(l, key);
    if (e) {
        copy = cs_memdup(a, e->data, e->len);
        *ret_len = e->len;
        list_remove(&e->age);
        list_add(&l->ages, &e->age);
    }
    pthread_mutex_unlock(&l->lock);
    return copy;
}
