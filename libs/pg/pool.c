/* A list of pools, each with its idle connections and the threads that wait for one. */
#include "pg/pool.h"

#include "base/clock.h"
#include "base/wait.h"
#include "obs/metrics.h"
#include "obs/span.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 5000, IDLE_MS = 30 * 1000 };

/* whether the server at the URL is PostgreSQL itself */
enum pooler { UNKNOWN, DIRECT, POOLED };

struct cs_pg_pool {
    char *url, *schema;
    size_t users;
    _Atomic enum pooler pooler;

    pthread_mutex_t lock;
    pthread_cond_t returned;
    struct cs_pg_conn *idle; /* the last returned first */
    size_t n_open;           /* idle, borrowed and being opened */
    struct cs_pg_pool *next;
};

static struct {
    pthread_mutex_t lock; /* taken before that of a pool */
    struct cs_pg_pool *first;
    _Atomic int64_t idle_ms;
    atomic_size_t max_open; /* of a pool; 0: as many as there are users */
} pools = {.lock = PTHREAD_MUTEX_INITIALIZER, .idle_ms = IDLE_MS};

void cs_pg_limits(int64_t idle_ms, size_t max_open)
{
    atomic_store(&pools.idle_ms, idle_ms);
    atomic_store(&pools.max_open, max_open);
}

static void *pool_alloc(void *p)
{
    if (!p)
        abort();
    return p;
}

/* ---- pools ---- */

static struct cs_pg_pool *pool_new(const char *url, const char *schema)
{
    struct cs_pg_pool *pool = pool_alloc(calloc(1, sizeof(*pool)));

    pool->url = pool_alloc(strdup(url));
    pool->schema = pool_alloc(strdup(schema));
    pthread_mutex_init(&pool->lock, NULL);
    cs_cond_init(&pool->returned);
    pool->next = pools.first;
    pools.first = pool;
    return pool;
}

struct cs_pg_pool *cs_pg_pool_get(const char *url, const char *schema)
{
    pthread_mutex_lock(&pools.lock);
    struct cs_pg_pool *pool = pools.first;
    while (pool && (strcmp(pool->url, url) != 0 || strcmp(pool->schema, schema) != 0))
        pool = pool->next;
    if (!pool)
        pool = pool_new(url, schema);
    pool->users++;
    pthread_mutex_unlock(&pools.lock);
    return pool;
}

static void conn_close(struct cs_pg_conn *conn)
{
    PQfinish(conn->pg);
    free(conn->prepared);
    free(conn);
}

static void conns_close(struct cs_pg_conn *first)
{
    while (first) {
        struct cs_pg_conn *next = first->next;
        conn_close(first);
        first = next;
    }
}

void cs_pg_pool_put(struct cs_pg_pool *pool)
{
    pthread_mutex_lock(&pools.lock);
    bool last = --pool->users == 0;
    for (struct cs_pg_pool **at = &pools.first; last && *at; at = &(*at)->next)
        if (*at == pool) {
            *at = pool->next;
            break;
        }
    pthread_mutex_unlock(&pools.lock);
    if (!last)
        return;
    conns_close(pool->idle);
    pthread_cond_destroy(&pool->returned);
    pthread_mutex_destroy(&pool->lock);
    free(pool->url);
    free(pool->schema);
    free(pool);
}

const char *cs_pg_pool_schema(const struct cs_pg_pool *pool)
{
    return pool->schema;
}

/* ---- connecting ---- */

static void ignore_notice(void *state, const PGresult *result)
{
    (void)state, (void)result;
}

static PGconn *conn_open(const struct cs_pg_pool *pool, bool pooled)
{
    char options[256], name[64];
    const char *const keys[] = {"dbname",           "connect_timeout", "tcp_user_timeout",
                                "application_name", "options",         NULL};
    const char *const values[] = {pool->url, "5", "30000", name, pooled ? NULL : options, NULL};

    snprintf(name, sizeof(name), "chatsphere_%s", pool->schema);
    /* generic plans: all are look-ups by key, and none shall depend on whose call came first */
    snprintf(options, sizeof(options),
             "-c search_path=%s,pg_temp -c plan_cache_mode=force_generic_plan "
             "-c statement_timeout=30000 "
             "-c idle_in_transaction_session_timeout=60000 -c client_min_messages=error",
             pool->schema);
    return PQconnectdbParams(keys, values, 1);
}

/*
 * The process that the server named when we connected is the one that answers, unless a pooler
 * stands between. -1: no answer.
 */
int cs_pg_is_pooled(PGconn *conn)
{
    PGresult *r = PQexec(conn, "select pg_backend_pid()");
    int pooled = -1;

    if (PQresultStatus(r) == PGRES_TUPLES_OK)
        pooled = cs_pg_i64(r, 0, 0) != PQbackendPID(conn);
    PQclear(r);
    return pooled;
}

/* The first connection of a pool finds out whether a pooler is there, in a round trip of its own. */
static PGconn *pool_connect(struct cs_pg_pool *pool)
{
    PGconn *pg = conn_open(pool, atomic_load(&pool->pooler) == POOLED);
    int pooled = -1;

    if (atomic_load(&pool->pooler) != UNKNOWN)
        return pg;
    if (PQstatus(pg) == CONNECTION_OK)
        pooled = cs_pg_is_pooled(pg);
    else if (strstr(PQerrorMessage(pg), "unsupported startup parameter"))
        pooled = 1; /* PgBouncer does not know to whom the settings of a start belong */
    if (pooled < 0)
        return pg;
    atomic_store(&pool->pooler, pooled ? POOLED : DIRECT);
    if (!pooled)
        return pg;
    PQfinish(pg);
    return conn_open(pool, true);
}

static struct cs_pg_conn *conn_new(struct cs_pg_pool *pool, char *why, size_t size)
{
    struct cs_span *span = cs_span_child(CS_SPAN_CLIENT, cs_span_here());
    PGconn *pg = pool_connect(pool);

    cs_span_name(span, "connect");
    cs_span_text(span, "db.system.name", "postgresql");
    cs_span_text(span, "db.namespace", pool->schema);
    if (PQstatus(pg) != CONNECTION_OK)
        cs_span_fail(span, "broken");
    cs_span_end(span);
    if (PQstatus(pg) != CONNECTION_OK || PQenterPipelineMode(pg) != 1) {
        snprintf(why, size, "%s", PQerrorMessage(pg));
        PQfinish(pg);
        return NULL;
    }
    PQsetNoticeReceiver(pg, ignore_notice, NULL);
    struct cs_pg_conn *conn = pool_alloc(calloc(1, sizeof(*conn)));
    conn->pg = pg;
    conn->pooled = atomic_load(&pool->pooler) == POOLED;
    return conn;
}

/* ---- borrowing ---- */

static void pool_count(int64_t change)
{
    static _Atomic(struct cs_metric *) open;

    if (!atomic_load(&open))
        atomic_store(&open, cs_gauge("cs_pg_connections", NULL, "Open connections to PostgreSQL"));
    cs_metric_add(atomic_load(&open), change);
}

/* An idle connection, or *ret_open: one may be opened and is counted already. False: none became free in time. */
static bool pool_wait(struct cs_pg_pool *pool, struct cs_pg_conn **ret_idle)
{
    struct timespec until = cs_mono_after(WAIT_MS);
    size_t max = atomic_load(&pools.max_open);
    bool ok = true;

    pthread_mutex_lock(&pool->lock);
    while (ok && !pool->idle && max && pool->n_open >= max)
        ok = pthread_cond_timedwait(&pool->returned, &pool->lock, &until) == 0;
    if ((*ret_idle = pool->idle))
        pool->idle = pool->idle->next;
    else if (ok)
        pool->n_open++;
    pthread_mutex_unlock(&pool->lock);
    return *ret_idle || ok;
}

static void pool_closed_one(struct cs_pg_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->n_open--;
    pthread_cond_signal(&pool->returned);
    pthread_mutex_unlock(&pool->lock);
}

struct cs_pg_conn *cs_pg_pool_borrow(struct cs_pg_pool *pool, char *why, size_t size)
{
    struct cs_pg_conn *conn;

    for (;;) {
        if (!pool_wait(pool, &conn)) {
            snprintf(why, size, "all connections of this process are busy; see PG_MAX");
            return NULL;
        }
        if (!conn)
            break;
        /* an idle server says nothing, unless it says farewell */
        struct pollfd p = {.fd = PQsocket(conn->pg), .events = POLLIN};
        if (PQstatus(conn->pg) == CONNECTION_OK && poll(&p, 1, 0) == 0)
            return conn;
        cs_pg_pool_discard(pool, conn);
    }
    if ((conn = conn_new(pool, why, size)))
        pool_count(1);
    else
        pool_closed_one(pool);
    return conn;
}

void cs_pg_pool_return(struct cs_pg_pool *pool, struct cs_pg_conn *conn)
{
    conn->since_ms = cs_mono_ms();
    pthread_mutex_lock(&pool->lock);
    conn->next = pool->idle;
    pool->idle = conn;
    pthread_cond_signal(&pool->returned);
    pthread_mutex_unlock(&pool->lock);
}

void cs_pg_pool_discard(struct cs_pg_pool *pool, struct cs_pg_conn *conn)
{
    conn_close(conn);
    pool_count(-1);
    pool_closed_one(pool);
}

/* ---- closing what is idle ---- */

/* Cuts off those that came of age: the list is in the order of their return. */
static struct cs_pg_conn *pool_cut_old(struct cs_pg_pool *pool, int64_t before_ms, int64_t *oldest)
{
    struct cs_pg_conn **at = &pool->idle, *old;

    pthread_mutex_lock(&pool->lock);
    for (; *at && (*at)->since_ms > before_ms; at = &(*at)->next)
        *oldest = (*at)->since_ms < *oldest ? (*at)->since_ms : *oldest;
    old = *at;
    *at = NULL;
    for (const struct cs_pg_conn *c = old; c; c = c->next) {
        pool->n_open--;
        pool_count(-1);
    }
    pthread_mutex_unlock(&pool->lock);
    return old;
}

int64_t cs_pg_close_idle(void)
{
    int64_t idle_ms = atomic_load(&pools.idle_ms), now = cs_mono_ms(), oldest = now;

    pthread_mutex_lock(&pools.lock);
    for (struct cs_pg_pool *pool = pools.first; pool; pool = pool->next)
        conns_close(pool_cut_old(pool, now - idle_ms, &oldest));
    pthread_mutex_unlock(&pools.lock);
    return oldest + idle_ms - now;
}
