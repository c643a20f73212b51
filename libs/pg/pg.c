/* Commands of a transaction in a pipeline over a borrowed connection, and results read in their order. */
#include "pg/pg.h"

#include "base/clock.h"
#include "base/log.h"
#include "obs/metrics.h"
#include "obs/span.h"
#include "pg/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_PENDING = 512, /* statements in flight before we read what they did */
    SQLSTATE_SIZE = 6,
    CONSTRAINT_SIZE = 64, /* NAMEDATALEN */
    TENANT_SIZE = 40,
    STATEMENT_NAME = 63,
    WHY_SIZE = 256,
};

enum transaction {
    NONE,   /* nothing may be sent */
    BEGUN,  /* cs_pg_begin() was called, nothing was sent */
    OPEN,   /* BEGIN was sent */
    FAILED, /* everything fails until the next cs_pg_begin() */
};

enum sent { SENT_BEGIN, SENT_PREPARE, SENT_STATEMENT, SENT_COMMIT };

/* a command whose result was not read yet, in the order of sending */
struct pending {
    enum sent what;
    const struct cs_stmt *stmt;
};

/* the first is the default of a connection too: libs/pg/pool.c */
enum { STATEMENT_MS = 30 * 1000, STATEMENT_SLACK_MS = 5 * 1000, STATEMENT_LEAST_MS = 2 * 1000 };

struct cs_pg {
    struct cs_pg_pool *pool;
    struct cs_pg_conn *conn; /* borrowed; NULL until something is sent, and after the end */

    enum transaction transaction;
    char tenant[TENANT_SIZE]; /* "": none */
    int64_t deadline_ms;      /* 0: none */
    struct pending pending[MAX_PENDING + 4];
    size_t n_pending;

    PGresult **results; /* given out since the last cs_pg_begin() */
    size_t n_results, cap_results;

    char state[SQLSTATE_SIZE], constraint[CONSTRAINT_SIZE];
    bool broken;
};

static const struct cs_stmt BEGIN = {"begin", "begin"};
static const struct cs_stmt COMMIT = {"commit", "commit"};
static const struct cs_stmt ROLLBACK = {"rollback", "rollback"};
static const struct cs_stmt TENANT = {"tenant", "select set_config('chatsphere.tenant', $1, true)"};
/* for a call that has less time than a statement may take */
static const struct cs_stmt TENANT_LATE = {"tenant_late",
                                           "select set_config('chatsphere.tenant', $1, true),"
                                           " set_config('statement_timeout', $2, true)"};
/* What a connection says at its start stands in each transaction where a pooler hands connections on. */
static const struct cs_stmt POOLED = {
    "pooled",
    "select set_config('chatsphere.tenant', $1, true), set_config('search_path', $2, true),"
    " set_config('plan_cache_mode', 'force_generic_plan', true),"
    " set_config('statement_timeout', $3, true),"
    " set_config('idle_in_transaction_session_timeout', '60000', true)",
};

struct cs_pg_arg cs_pg_int(int64_t n)
{
    struct cs_pg_arg arg = {0};

    snprintf(arg.number, sizeof(arg.number), "%lld", (long long)n);
    return arg;
}

static void *pg_alloc(void *p)
{
    if (!p)
        abort();
    return p;
}

struct cs_pg *cs_pg_new(const char *url, const char *schema)
{
    struct cs_pg *pg = pg_alloc(calloc(1, sizeof(*pg)));

    pg->pool = cs_pg_pool_get(url, schema);
    return pg;
}

void cs_pg_forget(struct cs_pg *pg)
{
    while (pg->n_results > 0)
        PQclear(pg->results[--pg->n_results]);
}

/* The end of a transaction: nothing is in flight any more. */
static void conn_give_back(struct cs_pg *pg)
{
    cs_pg_pool_return(pg->pool, pg->conn);
    pg->conn = NULL;
}

static void conn_discard(struct cs_pg *pg)
{
    if (pg->conn)
        cs_pg_pool_discard(pg->pool, pg->conn);
    pg->conn = NULL;
    pg->n_pending = 0;
}

void cs_pg_free(struct cs_pg *pg)
{
    if (!pg)
        return;
    cs_pg_forget(pg);
    conn_discard(pg);
    cs_pg_pool_put(pg->pool);
    free(pg->results);
    free(pg);
}

/* ---- failing ---- */

/* Classes of SQLSTATE that say "not now" and not "not so". */
static bool state_is_passing(const char *state)
{
    static const char *const prefixes[] = {"08", "40", "53", "55P03", "57"};

    if (!*state)
        return true;
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (strncmp(state, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

/* Notes the first failure of a transaction; `result` is NULL when the connection broke, and `why` says of what. */
static void note_failure(struct cs_pg *pg, const PGresult *result, const struct cs_stmt *stmt,
                         const char *why)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *constraint = result ? PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME) : NULL;
    const char *message = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    char labels[32];

    if (pg->transaction == FAILED)
        return;
    pg->transaction = FAILED;
    snprintf(pg->state, sizeof(pg->state), "%s", state ? state : "");
    snprintf(pg->constraint, sizeof(pg->constraint), "%s", constraint ? constraint : "");
    pg->broken = state_is_passing(pg->state);
    snprintf(labels, sizeof(labels), "class=\"%.2s\"", *pg->state ? pg->state : "08");
    cs_metric_add(cs_counter("cs_pg_errors_total", labels, "Failed statements by SQLSTATE class"),
                  1);
    /* a broken constraint is an answer to the caller, not trouble */
    bool answer = strncmp(pg->state, "23", 2) == 0 || cs_pg_none(pg);
    cs_log(answer ? CS_DEBUG : CS_ERROR, "a statement failed", "schema",
           cs_pg_pool_schema(pg->pool), "statement", stmt ? stmt->name : NULL, "sqlstate",
           pg->state, "constraint", constraint, "error", message ? message : why, NULL);
}

static void note_broken(struct cs_pg *pg, const struct cs_stmt *stmt)
{
    note_failure(pg, NULL, stmt, pg->conn ? PQerrorMessage(pg->conn->pg) : "");
    pg->broken = true;
    conn_discard(pg);
}

/* ---- traces ---- */

static void end_span(const struct cs_pg *pg, struct cs_span *span, const char *name)
{
    if (!span)
        return;
    cs_span_name(span, "%s", name);
    cs_span_text(span, "db.system.name", "postgresql");
    cs_span_text(span, "db.namespace", cs_pg_pool_schema(pg->pool));
    cs_span_text(span, "db.query.summary", name);
    if (pg->transaction == FAILED || !pg->conn)
        cs_span_fail(span, *pg->state ? pg->state : "broken");
    cs_span_end(span);
}

/* a round trip is named by the statement whose result is wanted */
static const char *name_of_pending(const struct cs_pg *pg)
{
    const char *name = "commit";

    for (size_t i = 0; i < pg->n_pending; i++)
        if (pg->pending[i].what == SENT_STATEMENT)
            name = pg->pending[i].stmt->name;
    return name;
}

/* ---- sending ---- */

static void add_pending(struct cs_pg *pg, enum sent what, const struct cs_stmt *stmt)
{
    pg->pending[pg->n_pending++] = (struct pending){what, stmt};
}

static bool send_prepare(struct cs_pg *pg, const char *name, const struct cs_stmt *stmt)
{
    struct cs_pg_conn *c = pg->conn;

    for (size_t i = 0; i < c->n_prepared; i++)
        if (c->prepared[i] == stmt)
            return true;
    if (PQsendPrepare(c->pg, name, stmt->sql, 0, NULL) != 1)
        return false;
    add_pending(pg, SENT_PREPARE, stmt);
    if (c->n_prepared == c->cap_prepared) {
        c->cap_prepared = c->cap_prepared ? 2 * c->cap_prepared : 32;
        /* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
        c->prepared = pg_alloc(reallocarray(c->prepared, c->cap_prepared, sizeof(*c->prepared)));
    }
    c->prepared[c->n_prepared++] = stmt;
    return true;
}

static bool send_statement(struct cs_pg *pg, enum sent what, const struct cs_stmt *stmt,
                           const struct cs_pg_arg *args, size_t n)
{
    enum { MAX_ARGS = 64 };
    const char *values[MAX_ARGS];
    int lengths[MAX_ARGS], formats[MAX_ARGS];
    char name[STATEMENT_NAME];

    assert(n <= MAX_ARGS && pg->conn);
    for (size_t i = 0; i < n; i++) {
        values[i] = !args[i].value && args[i].number[0] ? args[i].number : args[i].value;
        lengths[i] = args[i].len;
        formats[i] = args[i].binary;
    }
    /* two statements may bear one name, so the address is part of the server's name */
    snprintf(name, sizeof(name), "%.40s_%zx", stmt->name, (size_t)stmt);
    if (pg->conn->pooled
            ? PQsendQueryParams(pg->conn->pg, stmt->sql, (int)n, NULL, values, lengths, formats,
                                0) != 1
            : !send_prepare(pg, name, stmt) ||
                  PQsendQueryPrepared(pg->conn->pg, name, (int)n, values, lengths, formats, 0) != 1)
        return false;
    add_pending(pg, what, stmt);
    return true;
}

void cs_pg_deadline(struct cs_pg *pg, int64_t mono_ms)
{
    pg->deadline_ms = mono_ms;
}

/* Calls begin with about the time that a statement may take: only a real difference is sent. */
static int64_t statement_ms(const struct cs_pg *pg)
{
    int64_t left = pg->deadline_ms - cs_mono_ms();

    if (!pg->deadline_ms || left > STATEMENT_MS - STATEMENT_SLACK_MS)
        return STATEMENT_MS;
    return left > STATEMENT_LEAST_MS ? left : STATEMENT_LEAST_MS;
}

/* BEGIN and the tenant travel in front of the first statement. */
static bool send_begin(struct cs_pg *pg)
{
    if (pg->transaction == OPEN)
        return true;
    if (!send_statement(pg, SENT_BEGIN, &BEGIN, NULL, 0))
        return false;
    pg->transaction = OPEN;
    int64_t ms = statement_ms(pg);
    if (pg->conn->pooled) {
        char path[STATEMENT_NAME + sizeof(",pg_temp")];
        snprintf(path, sizeof(path), "%s,pg_temp", cs_pg_pool_schema(pg->pool));
        const struct cs_pg_arg args[] = {CS_S(pg->tenant), CS_S(path), CS_I(ms)};
        return send_statement(pg, SENT_BEGIN, &POOLED, args, 3);
    }
    if (ms < STATEMENT_MS) {
        const struct cs_pg_arg args[] = {CS_S(pg->tenant), CS_I(ms)};
        return send_statement(pg, SENT_BEGIN, &TENANT_LATE, args, 2);
    }
    return !*pg->tenant || send_statement(pg, SENT_BEGIN, &TENANT, &CS_S(pg->tenant), 1);
}

/* ---- reading ---- */

/* The result of the oldest command in flight; NULL when the connection broke. */
static PGresult *read_one(struct cs_pg *pg)
{
    PGresult *result = PQgetResult(pg->conn->pg), *more;

    while (result && (more = PQgetResult(pg->conn->pg))) {
        PQclear(result);
        result = more;
    }
    if (PQstatus(pg->conn->pg) == CONNECTION_OK)
        return result;
    PQclear(result);
    return NULL;
}

static void pending_settle(struct cs_pg *pg, const struct pending *p, const PGresult *result)
{
    const ExecStatusType status = PQresultStatus(result);

    if (status == PGRES_TUPLES_OK)
        return;
    if (status == PGRES_COMMAND_OK &&
        (p->what != SENT_COMMIT || strcmp(PQcmdStatus((PGresult *)result), "COMMIT") == 0))
        return;
    if (status != PGRES_PIPELINE_ABORTED)
        note_failure(pg, result, p->stmt, NULL);
    for (size_t i = 0; p->what == SENT_PREPARE && i < pg->conn->n_prepared; i++)
        if (pg->conn->prepared[i] == p->stmt) {
            pg->conn->prepared[i] = pg->conn->prepared[--pg->conn->n_prepared];
            break;
        }
}

/* Reads what all pending commands did and returns the result of the last SENT_STATEMENT. */
static PGresult *read_pending(struct cs_pg *pg)
{
    PGresult *kept = NULL, *result;

    for (size_t i = 0; i < pg->n_pending; i++) {
        const struct pending *p = &pg->pending[i];
        if (!(result = read_one(pg))) {
            note_broken(pg, p->stmt);
            break;
        }
        pending_settle(pg, p, result);
        if (p->what == SENT_STATEMENT) {
            PQclear(kept);
            kept = result;
        } else {
            PQclear(result);
        }
    }
    pg->n_pending = 0;
    return kept;
}

/* Behind every synchronisation point stands a result that says so. */
static bool read_sync(struct cs_pg *pg)
{
    PGresult *result = pg->conn ? PQgetResult(pg->conn->pg) : NULL;
    bool ok = result && PQresultStatus(result) == PGRES_PIPELINE_SYNC;

    PQclear(result);
    return ok;
}

/* Ends the transaction on the server; a connection that cannot be put right is closed. */
static void put_right(struct cs_pg *pg)
{
    /* a plan that no longer fits, a statement the server does not know: prepare all anew */
    bool stale = strcmp(pg->state, "0A000") == 0 || strcmp(pg->state, "26000") == 0;

    if (!pg->conn)
        return;
    if (stale || !send_statement(pg, SENT_BEGIN, &ROLLBACK, NULL, 0) ||
        PQpipelineSync(pg->conn->pg) != 1) {
        conn_discard(pg);
        return;
    }
    PQclear(read_pending(pg));
    if (!pg->conn)
        return;
    if (read_sync(pg) && PQtransactionStatus(pg->conn->pg) == PQTRANS_IDLE)
        conn_give_back(pg);
    else
        conn_discard(pg);
}

/* Sends the queue and waits. True when all went well; *ret (if not NULL) is then the caller's. */
static bool wait_for_all(struct cs_pg *pg, PGresult **ret)
{
    static struct cs_metric *seconds;
    int64_t start = cs_mono_us();
    PGresult *kept;

    if (PQpipelineSync(pg->conn->pg) != 1) {
        note_broken(pg, NULL);
        return false;
    }
    struct cs_span *span = cs_span_child(CS_SPAN_CLIENT, cs_span_here());
    const char *name = span ? name_of_pending(pg) : "";
    kept = read_pending(pg);
    if (pg->conn && !read_sync(pg))
        note_broken(pg, NULL);
    if (!seconds)
        seconds = cs_histogram("cs_pg_seconds", NULL, "Round trips to PostgreSQL");
    cs_metric_observe_us(seconds, cs_mono_us() - start);
    end_span(pg, span, name);

    if (pg->transaction == FAILED) {
        PQclear(kept);
        put_right(pg);
        return false;
    }
    if (ret)
        *ret = kept;
    else
        PQclear(kept);
    return true;
}

/* Queues; when the queue is full, waits until it is empty. */
static bool statement_enqueue(struct cs_pg *pg, const struct cs_stmt *stmt,
                              const struct cs_pg_arg *args, size_t n)
{
    char why[WHY_SIZE] = "";

    assert(pg->transaction != NONE);
    if (pg->transaction == FAILED)
        return false;
    if (!pg->conn && !(pg->conn = cs_pg_pool_borrow(pg->pool, why, sizeof(why)))) {
        note_failure(pg, NULL, NULL, why);
        return false;
    }
    if (pg->n_pending >= MAX_PENDING - 8 && !wait_for_all(pg, NULL))
        return false;
    if (!send_begin(pg) || !send_statement(pg, SENT_STATEMENT, stmt, args, n)) {
        note_broken(pg, stmt);
        return false;
    }
    return true;
}

/* ---- what callers use ---- */

void cs_pg_begin(struct cs_pg *pg, const char *tenant)
{
    cs_pg_rollback(pg);
    cs_pg_forget(pg);
    snprintf(pg->tenant, sizeof(pg->tenant), "%s", tenant ? tenant : "");
    pg->state[0] = pg->constraint[0] = '\0';
    pg->broken = false;
    pg->transaction = BEGUN;
}

void cs_pg_push_(struct cs_pg *pg, const struct cs_stmt *stmt, const struct cs_pg_arg *args,
                 size_t n)
{
    statement_enqueue(pg, stmt, args + 1, n);
}

static PGresult *result_keep(struct cs_pg *pg, PGresult *result)
{
    if (pg->n_results == pg->cap_results) {
        pg->cap_results = pg->cap_results ? 2 * pg->cap_results : 16;
        pg->results = pg_alloc(realloc(pg->results, pg->cap_results * sizeof(PGresult *)));
    }
    pg->results[pg->n_results++] = result;
    return result;
}

PGresult *cs_pg_query_(struct cs_pg *pg, const struct cs_stmt *stmt, const struct cs_pg_arg *args,
                       size_t n)
{
    PGresult *result;

    if (!statement_enqueue(pg, stmt, args + 1, n) || !wait_for_all(pg, &result))
        return NULL;
    return result_keep(pg, result);
}

static bool transaction_commit(struct cs_pg *pg, PGresult **ret)
{
    if (!send_statement(pg, SENT_COMMIT, &COMMIT, NULL, 0)) {
        note_broken(pg, &COMMIT);
        return false;
    }
    if (!wait_for_all(pg, ret))
        return false;
    pg->transaction = NONE;
    conn_give_back(pg);
    return true;
}

PGresult *cs_pg_last_(struct cs_pg *pg, const struct cs_stmt *stmt, const struct cs_pg_arg *args,
                      size_t n)
{
    PGresult *result;

    if (!statement_enqueue(pg, stmt, args + 1, n) || !transaction_commit(pg, &result))
        return NULL;
    return result_keep(pg, result);
}

int cs_pg_commit(struct cs_pg *pg)
{
    switch (pg->transaction) {
    case OPEN: return transaction_commit(pg, NULL) ? 0 : -1;
    case BEGUN: pg->transaction = NONE; return 0;
    default: return -1;
    }
}

void cs_pg_rollback(struct cs_pg *pg)
{
    if (pg->transaction == OPEN && pg->conn) {
        if (pg->n_pending > 0)
            wait_for_all(pg, NULL);
        if (pg->transaction == OPEN)
            put_right(pg);
    }
    if (pg->transaction != FAILED)
        pg->transaction = NONE;
}

const char *cs_pg_state(const struct cs_pg *pg)
{
    return pg->state;
}

const char *cs_pg_constraint(const struct cs_pg *pg)
{
    return pg->constraint;
}

bool cs_pg_unique_violation(const struct cs_pg *pg)
{
    return strcmp(pg->state, "23505") == 0;
}

bool cs_pg_none(const struct cs_pg *pg)
{
    return strcmp(pg->state, "22012") == 0; /* division by zero */
}

bool cs_pg_broken(const struct cs_pg *pg)
{
    return pg->broken;
}
