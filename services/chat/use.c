/* A table of workspaces, each with what is left of its block, under one lock. */
#include "chat/use.h"

#include "base/hash.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SLOTS = 1024, QUIET_MS = 10 * 1000, NEAR_MS = 60 * 1000 };

struct slot {
    char tenant[CS_ID_SIZE];
    int64_t left, tokens;
    int64_t used_ms, near_until_ms;
    int month;   /* that left is of */
    bool asking; /* a block is being counted */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct slot slots[SLOTS];
static int n_held; /* slots with left or tokens */

static int month_of(int64_t now_ms)
{
    time_t now = (time_t)(now_ms / 1000);
    struct tm tm;

    gmtime_r(&now, &tm);
    return tm.tm_year * 12 + tm.tm_mon;
}

/* ---- with the lock held ---- */

static bool slot_holds(const struct slot *s)
{
    return s->left > 0 || s->tokens > 0;
}

static void slot_set(struct slot *s, int64_t left, int64_t tokens)
{
    bool held = slot_holds(s);

    s->left = left;
    s->tokens = tokens;
    n_held += slot_holds(s) - held;
}

/* The slot of a workspace, its own from now on, or NULL while another one has it. */
static struct slot *slot_of(const char *tenant)
{
    struct slot *s = &slots[cs_hash(0, tenant) % SLOTS];

    if (strcmp(s->tenant, tenant) == 0)
        return s;
    if (slot_holds(s) || s->asking)
        return NULL;
    memset(s, 0, sizeof(*s));
    snprintf(s->tenant, sizeof(s->tenant), "%s", tenant);
    return s;
}

/* A block of a month that is over is worth nothing. */
static bool slot_has(struct slot *s, int64_t now_ms)
{
    if (s->left > 0 && s->month != month_of(now_ms))
        slot_set(s, 0, s->tokens);
    return s->left > 0;
}

static enum use slot_take(struct slot *s, int64_t now_ms)
{
    bool has = slot_has(s, now_ms);

    s->used_ms = now_ms;
    if (s->left <= USE_LOW && !s->asking && now_ms >= s->near_until_ms) {
        s->asking = true;
        return USE_MORE;
    }
    if (!has)
        return USE_EACH;
    slot_set(s, s->left - 1, s->tokens);
    return USE_TAKEN;
}

/* ---- what callers use ---- */

enum use use_take(const char *tenant, int64_t now_ms)
{
    pthread_mutex_lock(&lock);
    struct slot *s = slot_of(tenant);
    enum use r = s ? slot_take(s, now_ms) : USE_EACH;
    pthread_mutex_unlock(&lock);
    return r;
}

bool use_grant(const char *tenant, int64_t n, int64_t now_ms)
{
    pthread_mutex_lock(&lock);
    struct slot *s = slot_of(tenant); /* which is asking, so no other workspace has it */
    int before = n_held;
    s->asking = false;
    s->near_until_ms = n > 0 ? 0 : now_ms + NEAR_MS;
    slot_has(s, now_ms);
    s->month = month_of(now_ms);
    if (n > 0)
        slot_set(s, s->left + n - 1, s->tokens);
    bool first = before == 0 && n_held > 0;
    pthread_mutex_unlock(&lock);
    return first;
}

void use_give_back(const char *tenant, int64_t now_ms)
{
    pthread_mutex_lock(&lock);
    struct slot *s = slot_of(tenant);
    if (s && s->month == month_of(now_ms))
        slot_set(s, s->left + 1, s->tokens);
    pthread_mutex_unlock(&lock);
}

bool use_tokens(const char *tenant, int64_t tokens)
{
    pthread_mutex_lock(&lock);
    struct slot *s = slot_of(tenant);
    bool far = s && s->month > 0 && s->near_until_ms == 0;
    if (far)
        slot_set(s, s->left, s->tokens + tokens);
    pthread_mutex_unlock(&lock);
    return far;
}

bool use_due(int64_t now_ms, bool all, struct use_rest *ret)
{
    bool found = false;

    pthread_mutex_lock(&lock);
    for (int i = 0; i < SLOTS && n_held > 0 && !found; i++) {
        struct slot *s = &slots[i];
        bool quiet = all || now_ms - s->used_ms >= QUIET_MS;
        if (s->tokens == 0 && !(quiet && slot_has(s, now_ms)))
            continue;
        *ret = (struct use_rest){.messages = quiet ? s->left : 0, .tokens = s->tokens};
        memcpy(ret->tenant, s->tenant, sizeof(ret->tenant));
        slot_set(s, quiet ? 0 : s->left, 0);
        found = true;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

bool use_held(void)
{
    pthread_mutex_lock(&lock);
    bool held = n_held > 0;
    pthread_mutex_unlock(&lock);
    return held;
}
