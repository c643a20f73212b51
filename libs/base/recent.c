/* A table of fixed size under one lock; an id has a single slot. */
#include "base/recent.h"

#include "base/clock.h"
#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct cs_recent_slot *slot_of(struct cs_recent *r, const char *id)
{
    return &r->slots[cs_hash(0, id) % (sizeof(r->slots) / sizeof(*r->slots))];
}

static void slot_wipe(struct cs_recent_slot *s)
{
    if (s->data)
        explicit_bzero(s->data, s->len);
    free(s->data);
    *s = (struct cs_recent_slot){0};
}

void *cs_recent_get(struct cs_recent *r, struct cs_arena *a, const char *id, const char *tenant,
                    const char **ret_tenant, size_t *ret_len)
{
    const struct cs_recent_slot *s = slot_of(r, id);
    void *data = NULL;

    pthread_mutex_lock(&r->lock);
    if (s->data && strcmp(s->id, id) == 0 && cs_mono_ms() < s->until_ms &&
        (!tenant || strcmp(s->tenant, tenant) == 0)) {
        data = cs_memdup(a, s->data, s->len);
        *ret_len = s->len;
        if (ret_tenant)
            *ret_tenant = cs_strdup(a, s->tenant);
    }
    pthread_mutex_unlock(&r->lock);
    return data;
}

void cs_recent_put(struct cs_recent *r, const char *id, const char *tenant, const void *data,
                   size_t len)
{
    struct cs_recent_slot *s = slot_of(r, id);
    void *copy;

    if (strlen(id) >= sizeof(s->id) || strlen(tenant) >= sizeof(s->tenant))
        return;
    copy = malloc(len ? len : 1);
    if (!copy)
        abort();
    memcpy(copy, data, len);
    pthread_mutex_lock(&r->lock);
    slot_wipe(s);
    snprintf(s->id, sizeof(s->id), "%s", id);
    snprintf(s->tenant, sizeof(s->tenant), "%s", tenant);
    s->data = copy;
    s->len = len;
    s->until_ms = cs_mono_ms() + r->ttl_ms;
    pthread_mutex_unlock(&r->lock);
}

void cs_recent_drop(struct cs_recent *r, const char *id, size_t len)
{
    char text[CS_ID_SIZE] = "";
    struct cs_recent_slot *s;

    if (len >= sizeof(text))
        return;
    memcpy(text, id, len);
    s = slot_of(r, text);
    pthread_mutex_lock(&r->lock);
    if (strcmp(s->id, text) == 0)
        slot_wipe(s);
    pthread_mutex_unlock(&r->lock);
}

void cs_recent_clear(struct cs_recent *r)
{
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < sizeof(r->slots) / sizeof(*r->slots); i++)
        slot_wipe(&r->slots[i]);
    pthread_mutex_unlock(&r->lock);
}
