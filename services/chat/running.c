/* A list under one lock, whose turns are renewed in one statement. */
#include "chat/running.h"

#include "base/id.h"
#include "base/list.h"
#include "bus/share.h"
#include "chat/store.h"

#include <pthread.h>
#include <stdatomic.h>

struct running {
    struct list link;
    char turn[CS_ID_SIZE], tenant[CS_ID_SIZE], visited[CS_ID_SIZE]; /* visited: "" or a bot */
    atomic_bool cancelled;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct list all = {.next = &all, .prev = &all};
static atomic_size_t n_running;

static struct cs_share of_tenants = CS_SHARE_INIT("turns");
static struct cs_share of_visitors = CS_SHARE_INIT("visitors_turns");
static size_t tenant_limit, visitors_limit;

void running_limits(size_t n_tenant, size_t n_visitors)
{
    tenant_limit = n_tenant;
    visitors_limit = n_visitors;
}

/* 0, or 429 */
static int running_take_share(struct cs_call *call, const char *visited)
{
    if (!cs_share_take(&of_tenants, call->tenant, tenant_limit)) {
        call->retry_after_ms = CS_SHARE_RETRY_MS;
        return cs_fail(call, CS_LIMITED,
                       "The workspace has %zu answers under way, which is its limit. Wait for the "
                       "end of one or cancel one.",
                       tenant_limit);
    }
    if (!cs_share_take(&of_visitors, visited, visitors_limit)) {
        cs_share_return(&of_tenants, call->tenant);
        call->retry_after_ms = CS_SHARE_RETRY_MS;
        return cs_fail(call, CS_LIMITED,
                       "The bot is answering %zu visitors, which is its limit. Retry later.",
                       visitors_limit);
    }
    return 0;
}

struct running *running_add(struct cs_call *call, const char *turn, const char *visited)
{
    if (running_take_share(call, visited) < 0)
        return NULL;
    struct running *r = calloc(1, sizeof(*r));
    if (!r)
        abort();
    snprintf(r->turn, sizeof(r->turn), "%s", turn);
    snprintf(r->tenant, sizeof(r->tenant), "%s", call->tenant);
    snprintf(r->visited, sizeof(r->visited), "%s", visited ? visited : "");
    pthread_mutex_lock(&lock);
    list_add(&all, &r->link);
    n_running++;
    pthread_mutex_unlock(&lock);
    return r;
}

void running_remove(struct running *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&lock);
    list_remove(&r->link);
    n_running--;
    pthread_mutex_unlock(&lock);
    cs_share_return(&of_tenants, r->tenant);
    cs_share_return(&of_visitors, *r->visited ? r->visited : NULL);
    free(r);
}

size_t running_count(void)
{
    return atomic_load(&n_running);
}

bool running_cancelled(const struct running *r)
{
    return atomic_load(&r->cancelled);
}

static void running_cancel(const char *turn, size_t len)
{
    pthread_mutex_lock(&lock);
    for (struct list *at = all.next; at != &all; at = at->next) {
        struct running *r = LIST_OF(at, struct running, link);
        if (strlen(r->turn) == len && strncasecmp(r->turn, turn, len) == 0)
            atomic_store(&r->cancelled, true);
    }
    pthread_mutex_unlock(&lock);
}

void running_on_cancel(const char *subject, const char *turn, size_t len)
{
    (void)subject;
    running_cancel(turn, len);
}

/* the ids of all, in the arena */
static char **running_ids(struct cs_arena *a, size_t *ret_n)
{
    size_t n = 0;
    char **list;

    pthread_mutex_lock(&lock);
    list = CS_NEW(a, char *, n_running);
    for (struct list *at = all.next; at != &all; at = at->next)
        list[n++] = cs_strdup(a, LIST_OF(at, struct running, link)->turn);
    pthread_mutex_unlock(&lock);
    *ret_n = n;
    return list;
}

void running_renew(struct cs_call *call)
{
    size_t n, n_stop;
    char **turns = running_ids(call->arena, &n), **stop;

    if (n == 0 || store_turns_renew(call, running_runner(), turns, n, &stop, &n_stop) < 0)
        return;
    for (size_t i = 0; i < n_stop; i++)
        running_cancel(stop[i], strlen(stop[i]));
}

static char runner[CS_ID_SIZE];

static void runner_name(void)
{
    cs_id_new(runner);
}

const char *running_runner(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, runner_name);
    return runner;
}
