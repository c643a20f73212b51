#pragma once
/*
 * pool: the open connections of a process to one database as one role. Internal to libs/pg.
 *
 * A transaction borrows a connection and gives it back; the last given back is the first borrowed, so
 * that light load uses one and the others come of age and are closed (cs_pg_close_idle). All handles
 * with the same URL and schema share a pool. A thread borrows at most one at a time, and what it
 * waits for meanwhile is no other's connection, so a wait for a free one ends. Any thread.
 */
#include "pg/pg.h"

struct cs_pg_pool;

/* A connection; while borrowed it belongs to the borrower's thread. */
struct cs_pg_conn {
    PGconn *pg; /* in pipeline mode */
    bool
        pooled; /* behind a pooler: no statement is prepared, and settings end with the transaction */
    /* what the server has prepared, or will have when what is in flight succeeds */
    const struct cs_stmt **prepared;
    size_t n_prepared, cap_prepared;
    int64_t since_ms; /* idle since then, monotonic */
    struct cs_pg_conn *next;
};

struct cs_pg_pool *cs_pg_pool_get(const char *url, const char *schema); /* one more user of it */
void cs_pg_pool_put(struct cs_pg_pool *pool); /* the last one closes all */
const char *cs_pg_pool_schema(const struct cs_pg_pool *pool);

/* An idle connection that is still good, or a new one. NULL: none could be had, `why` says the reason. */
struct cs_pg_conn *cs_pg_pool_borrow(struct cs_pg_pool *pool, char *why, size_t size);
/* It is between transactions and nothing is in flight. */
void cs_pg_pool_return(struct cs_pg_pool *pool, struct cs_pg_conn *conn);
/* It cannot be used again: it is closed. */
void cs_pg_pool_discard(struct cs_pg_pool *pool, struct cs_pg_conn *conn);
