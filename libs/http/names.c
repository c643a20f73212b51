/* A table of names that were resolved or failed, and a list of look-ups that outlive their requests. */
#include "http/names.h"

#include "base/hash.h"
#include "base/list.h"
#include "http/share.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOTS = 512,
    GRACE_MS = 5000,
    KNOWN_MS = CS_NAMES_CACHE_S * 1000 - GRACE_MS,
    FAILED_MS = 5000,
    LINGER_MS = 10 * 1000, /* two attempts of the system's resolver */
};

struct lookup {
    struct list link; /* among those that linger */
    struct share *share;
    char *host;
    bool cached; /* perhaps: by libcurl, for a little longer than here */
    int64_t until_ms;
};

static struct {
    char *host; /* lower case; NULL: none */
    bool failed;
    int64_t until_ms;
} slots[SLOTS];

static struct list lingering;

static size_t slot_of(const char *host)
{
    return cs_hash(0, host) % SLOTS;
}

static void slot_put(const char *host, bool failed, int64_t until_ms)
{
    size_t i = slot_of(host);

    free(slots[i].host);
    slots[i].host = strdup(host);
    slots[i].failed = failed;
    slots[i].until_ms = until_ms;
}

static void lookup_free(struct lookup *l)
{
    cs_share_name_done(l->share);
    free(l->host);
    free(l);
}

enum cs_name cs_name_begin(struct share *s, const char *host, int64_t now_ms, struct lookup **ret)
{
    unsigned char number[sizeof(struct in_addr)];
    size_t i = slot_of(host);

    *ret = NULL;
    if (!lingering.next)
        list_init(&lingering);
    while (!list_empty(&lingering)) { /* in the order of their times */
        struct lookup *l = LIST_OF(lingering.next, struct lookup, link);
        if (l->until_ms > now_ms)
            break;
        list_remove(&l->link);
        lookup_free(l);
    }
    bool known = slots[i].host && strcmp(slots[i].host, host) == 0;
    if (*host == '[' || strchr(host, ':') || inet_pton(AF_INET, host, number) == 1)
        return CS_NAME_READY;
    if (known && now_ms < slots[i].until_ms)
        return slots[i].failed ? CS_NAME_FAILED : CS_NAME_READY;
    if (!cs_share_name(s))
        return CS_NAME_WAIT;
    *ret = calloc(1, sizeof(**ret));
    if (!*ret || !((*ret)->host = strdup(host)))
        abort();
    (*ret)->share = s;
    (*ret)->cached = known && !slots[i].failed && now_ms < slots[i].until_ms + 2 * GRACE_MS;
    return CS_NAME_READY;
}

void cs_name_resolved(struct lookup *l, int64_t now_ms)
{
    if (!l)
        return;
    if (!l->cached)
        slot_put(l->host, false, now_ms + KNOWN_MS);
    lookup_free(l);
}

void cs_name_failed(struct lookup *l, int64_t now_ms, bool silent)
{
    if (!l)
        return;
    slot_put(l->host, true, now_ms + FAILED_MS);
    if (silent)
        cs_name_left(l, now_ms);
    else
        lookup_free(l);
}

void cs_name_left(struct lookup *l, int64_t now_ms)
{
    if (!l)
        return;
    l->until_ms = now_ms + LINGER_MS;
    list_add(&lingering, &l->link);
}

void cs_names_clear(void)
{
    while (lingering.next && !list_empty(&lingering)) {
        struct lookup *l = LIST_OF(lingering.next, struct lookup, link);
        list_remove(&l->link);
        lookup_free(l);
    }
    for (size_t i = 0; i < SLOTS; i++) {
        free(slots[i].host);
        slots[i].host = NULL;
    }
}
