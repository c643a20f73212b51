/* A list under one lock, whose turns are renewed in one statement. */
#include "chat/running.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/list.h"
#include "bot/bot.h"
#include "bot/standing.h"
#include "bus/client.h"
#include "bus/share.h"
#include "chat/store.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    PRINCIPAL_SIZE = 64,
    REFUSAL_SIZE = 128,
    YOUNG_MS = 500,
    REST_MS = 10 * 1000, /* a busy process does not wake its ticker for each answer */
};

struct running {
    struct list link;
    char turn[CS_ID_SIZE], tenant[CS_ID_SIZE], visited[CS_ID_SIZE]; /* visited: "" or a bot */
    char bot[CS_ID_SIZE], session[CS_ID_SIZE];                      /* "": unknown, none */
    char principal[PRINCIPAL_SIZE];
    char refusal[REFUSAL_SIZE]; /* set before `cancelled` */
    int64_t began_ms;
    atomic_bool refused, cancelled;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct list all = {.next = &all, .prev = &all};
static atomic_size_t n_running;
static atomic_llong added_ms; /* when a turn was added last */

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
    snprintf(r->bot, sizeof(r->bot), "%s", visited ? visited : "");
    snprintf(r->principal, sizeof(r->principal), "%s", call->principal ? call->principal : "");
    snprintf(r->session, sizeof(r->session), "%s",
             call->session && cs_id_valid(call->session) ? call->session : "");
    r->began_ms = cs_mono_ms();
    bool resting = !running_any();
    pthread_mutex_lock(&lock);
    list_add(&all, &r->link);
    n_running++;
    pthread_mutex_unlock(&lock);
    atomic_store(&added_ms, r->began_ms);
    if (resting)
        cs_tickers_wake();
    return r;
}

void running_set_bot(struct running *r, const char *bot)
{
    pthread_mutex_lock(&lock);
    snprintf(r->bot, sizeof(r->bot), "%s", bot ? bot : "");
    pthread_mutex_unlock(&lock);
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

const char *running_refusal(const struct running *r)
{
    return r && atomic_load(&r->refused) ? r->refusal : NULL;
}

/* refusal NULL: somebody asked to stop */
static void running_cancel(const char *turn, size_t len, const char *refusal)
{
    pthread_mutex_lock(&lock);
    for (struct list *at = all.next; at != &all; at = at->next) {
        struct running *r = LIST_OF(at, struct running, link);
        if (strlen(r->turn) != len || strncasecmp(r->turn, turn, len) != 0)
            continue;
        if (refusal && !atomic_load(&r->refused)) {
            snprintf(r->refusal, sizeof(r->refusal), "%s", refusal);
            atomic_store(&r->refused, true);
        }
        atomic_store(&r->cancelled, true);
    }
    pthread_mutex_unlock(&lock);
}

void running_on_cancel(const char *subject, const char *turn, size_t len)
{
    (void)subject;
    running_cancel(turn, len, NULL);
}

void running_renew(struct cs_call *call)
{
    size_t n = 0, n_stop;
    char **turns, **stop;

    pthread_mutex_lock(&lock);
    turns = CS_NEW(call->arena, char *, n_running);
    for (struct list *at = all.next; at != &all; at = at->next)
        turns[n++] = cs_strdup(call->arena, LIST_OF(at, struct running, link)->turn);
    pthread_mutex_unlock(&lock);
    if (n == 0 || store_turns_renew(call, running_runner(), turns, n, &stop, &n_stop) < 0)
        return;
    for (size_t i = 0; i < n_stop; i++)
        running_cancel(stop[i], strlen(stop[i]), NULL);
}

bool running_any(void)
{
    return running_count() > 0 || cs_mono_ms() - atomic_load(&added_ms) < REST_MS;
}

/* copies of those that are old enough to be checked, in the arena: most answers are over before */
static struct running *running_copies(struct cs_arena *a, size_t *ret_n)
{
    int64_t before = cs_mono_ms() - YOUNG_MS;
    struct running *copies;
    size_t n = 0;

    pthread_mutex_lock(&lock);
    copies = CS_NEW(a, struct running, n_running);
    for (struct list *at = all.next; at != &all; at = at->next)
        if (LIST_OF(at, struct running, link)->began_ms <= before)
            copies[n++] = *LIST_OF(at, struct running, link);
    pthread_mutex_unlock(&lock);
    *ret_n = n;
    return copies;
}

/* NULL, or why a bot answers no longer: it was erased, or it is a visitor's and no longer public */
static const char *running_bot_refusal(struct cs_call *call, const struct running *r)
{
    const char *refusal = NULL;
    Bot *bot;
    int found;

    if (!*r->bot)
        return NULL;
    call->tenant = r->tenant;
    found = *r->visited ? cs_bot_get_public(call, r->bot, &bot) : cs_bot_get(call, r->bot, &bot);
    if (found < 0 && call->status == CS_NOT_FOUND)
        refusal = *r->visited ? "The bot is no longer public." : "The bot was deleted.";
    cs_ask_clear(call); /* what cannot be asked is asked again in the next round */
    call->tenant = NULL;
    return refusal;
}

void running_check(struct cs_call *call)
{
    size_t n;
    struct running *copies = running_copies(call->arena, &n);
    struct cs_standing *standings = CS_NEW(call->arena, struct cs_standing, n);

    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++)
        standings[i] = (struct cs_standing){
            .tenant = copies[i].tenant,
            .principal = copies[i].principal,
            .session = *copies[i].session ? copies[i].session : NULL,
        };
    if (cs_standing_check(call, standings, n) < 0)
        cs_ask_clear(call);
    for (size_t i = 0; i < n; i++) {
        const char *refusal = standings[i].refusal;

        if (!refusal)
            refusal = running_bot_refusal(call, &copies[i]);
        if (refusal)
            running_cancel(copies[i].turn, strlen(copies[i].turn), refusal);
    }
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
