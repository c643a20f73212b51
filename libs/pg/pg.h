#pragma once
/*
 * pg: transactions in PostgreSQL, over the connections that a process shares.
 *
 * Every statement runs inside a tenant's transaction: BEGIN and the tenant's name are queued and
 * travel with the first statement, so that a one-statement transaction is one round trip (libpq
 * pipeline mode). Row security (FORCE) does the rest; a NULL tenant sees no tenant's row and is
 * for the SECURITY DEFINER functions only.
 *
 *     static const struct cs_stmt BOT_BY_ID = {"bot_by_id", "select name from bots where id = $1"};
 *
 *     cs_pg_begin(call->pg, call->tenant);                 queued
 *     PGresult *r = cs_pg_last(call->pg, &BOT_BY_ID, CS_S(id));    sent with COMMIT, one round trip
 *     if (!r) return cs_fail_pg(call);                     bus/fail.h
 *     if (PQntuples(r) == 0) ...
 *
 * A struct cs_pg is a handle that belongs to one thread. It borrows a connection when a transaction
 * first sends something and gives it back with commit, rollback or failure, so that a process has as
 * many connections as it has transactions at a time (cs_pg_limits). Statements are prepared on first
 * use of a connection; behind a pooler of transactions, such as PgBouncer, which is noticed, they
 * never are. Results are freed by the next cs_pg_begin(), so nobody calls PQclear; copy what must live
 * longer into the arena.
 */
#include "base/arena.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

struct cs_pg;

/* A statement with its own name; static const, its address is its identity. */
struct cs_stmt {
    const char *name, *sql;
};

struct cs_pg_arg {
    const char *value; /* NULL: SQL NULL */
    int len;
    bool binary;
    char number[32]; /* of cs_pg_int(); value is NULL then */
};

struct cs_pg_arg cs_pg_int(int64_t n);
#define CS_S(s_) ((struct cs_pg_arg){.value = (s_)}) /* text; NULL is NULL */
#define CS_I(n_) cs_pg_int(n_)                       /* int64 */
#define CS_BOOL(b_) ((struct cs_pg_arg){.value = (b_) ? "t" : "f"})
#define CS_B(p_, n_)                                                                               \
    ((struct cs_pg_arg){.value = (const char *)(p_), .len = (int)(n_), .binary = true})
#define CS_NULL ((struct cs_pg_arg){0})

struct cs_pg *cs_pg_new(const char *url, const char *schema); /* no I/O; search_path = schema */
void cs_pg_free(struct cs_pg *pg);                            /* NULL is fine */

/* For all handles: how long an unused connection stays open (30,000 ms), and how many may be open
 * for a URL and schema at a time (0: no limit). Beyond that, a transaction waits up to 5 s for one. */
void cs_pg_limits(int64_t idle_ms, size_t max_open);
/* Whether a pooler of connections stands between; -1: no answer. A round trip. */
int cs_pg_is_pooled(PGconn *conn);
/* Closes connections that were unused for so long. The ms until the next one may be. */
int64_t cs_pg_close_idle(void);

void cs_pg_begin(struct cs_pg *pg, const char *tenant);

/*
 * The deadline (cs_mono_ms()) of the transactions begun from here on; 0: none. A statement is given
 * up by the server after 30 s, or after what is left of the deadline if that is less, but not
 * before 2 s, so that the end of a call that is late can be recorded. The limit travels with the
 * first statement. SQLSTATE is 57014 then.
 */
void cs_pg_deadline(struct cs_pg *pg, int64_t mono_ms);

/* Queue a statement; its result is only checked, by the next call that waits. */
#define cs_pg_push(pg_, stmt_, ...)                                                                \
    cs_pg_push_(                                                                                   \
        (pg_), (stmt_), (const struct cs_pg_arg[]){CS_NULL, ##__VA_ARGS__},                        \
        sizeof((const struct cs_pg_arg[]){CS_NULL, ##__VA_ARGS__}) / sizeof(struct cs_pg_arg) - 1)
/* Send all that is queued and this statement; wait for its result. NULL: failed, see below. */
#define cs_pg_query(pg_, stmt_, ...)                                                               \
    cs_pg_query_(                                                                                  \
        (pg_), (stmt_), (const struct cs_pg_arg[]){CS_NULL, ##__VA_ARGS__},                        \
        sizeof((const struct cs_pg_arg[]){CS_NULL, ##__VA_ARGS__}) / sizeof(struct cs_pg_arg) - 1)
/* The same, and COMMIT in the same round trip; the result is valid only if it was committed. */
#define cs_pg_last(pg_, stmt_, ...)                                                                \
    cs_pg_last_(                                                                                   \
        (pg_), (stmt_), (const struct cs_pg_arg[]){CS_NULL, ##__VA_ARGS__},                        \
        sizeof((const struct cs_pg_arg[]){CS_NULL, ##__VA_ARGS__}) / sizeof(struct cs_pg_arg) - 1)

/* args[0] is a dummy so that a statement without arguments compiles. */
void cs_pg_push_(struct cs_pg *pg, const struct cs_stmt *stmt, const struct cs_pg_arg *args,
                 size_t n);
PGresult *cs_pg_query_(struct cs_pg *pg, const struct cs_stmt *stmt, const struct cs_pg_arg *args,
                       size_t n);
PGresult *cs_pg_last_(struct cs_pg *pg, const struct cs_stmt *stmt, const struct cs_pg_arg *args,
                      size_t n);

int cs_pg_commit(struct cs_pg *pg);    /* 0, or -1 */
void cs_pg_rollback(struct cs_pg *pg); /* harmless when nothing is open */
/* Frees the results given out so far: for a transaction that reads much, piece by piece. */
void cs_pg_forget(struct cs_pg *pg);

/* After a failure: SQLSTATE ("" when the connection broke) and the constraint's name ("" if none). */
const char *cs_pg_state(const struct cs_pg *pg);
const char *cs_pg_constraint(const struct cs_pg *pg);
bool cs_pg_unique_violation(const struct cs_pg *pg);
/* A statement that found no row divided by their number (select 1 / count(*)): so it undoes what was
 * queued with it, without a round trip to find out. */
bool cs_pg_none(const struct cs_pg *pg);
bool cs_pg_broken(const struct cs_pg *pg); /* no connection, or one that cannot be used just now */

/* Columns of a row. */
const char *cs_pg_text(const PGresult *r, int row, int col); /* NULL when SQL NULL; borrowed */
int64_t cs_pg_i64(const PGresult *r, int row, int col);      /* 0 when SQL NULL */
bool cs_pg_bool(const PGresult *r, int row, int col);
/* timestamptz columns are selected as milliseconds: use this macro around the column. */
#define CS_MS(column_) "(extract(epoch from " column_ ")*1000)::bigint"
void *cs_pg_bytes(struct cs_arena *a, const PGresult *r, int row, int col, size_t *ret_len);
/* text[] <-> C strings */
char **cs_pg_texts(struct cs_arena *a, const PGresult *r, int row, int col, size_t *ret_n);
const char *cs_pg_array(struct cs_arena *a, char *const *items, size_t n); /* as a text[] literal */

/* Keyset pages: a cursor is base64url of "<created_ms>,<id>". parse: false when malformed. */
char *cs_pg_cursor(struct cs_arena *a, int64_t created_ms, const char *id);
bool cs_pg_cursor_parse(struct cs_arena *a, const char *cursor, int64_t *ret_ms,
                        const char **ret_id);
