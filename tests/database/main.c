/*
 * database <url of a service's role> <its schema>: libs/pg against a real PostgreSQL that
 * `chatsphere migrate` has prepared. Works in the schema's idempotency table and outbox under
 * tenants of its own and leaves nothing behind. Last line: `database: N passed, N failed, 0 skipped`.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "bus/event.h"
#include "chatsphere/v1/names.h"
#include "nats/wire.h"
#include "obs/metrics.h"
#include "pg/migrate.h"
#include "pg/pg.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 2000 };

static const struct cs_stmt INSERT = {
    "insert", "insert into idempotency values ($1, 'p', 'r', $2, 'h', 200, $3)"};
static const struct cs_stmt COUNT = {"count", "select count(*) from idempotency"};
static const struct cs_stmt BODY = {"body", "select result from idempotency where key = $1"};
static const struct cs_stmt CLEAN = {"clean", "delete from idempotency"};
static const struct cs_stmt WRONG = {"wrong", "select 1 / $1::int"};
static const struct cs_stmt BROKEN_SQL = {"broken_sql", "select from where"};
static const struct cs_stmt SLEEP = {"sleep", "select pg_sleep(60)"};
static const struct cs_stmt TIMEOUT = {
    "timeout", "select setting::bigint from pg_settings where name = 'statement_timeout'"};
static const struct cs_stmt PID = {"pid", "select pg_backend_pid()"};
static const struct cs_stmt KILL = {"kill", "select pg_terminate_backend($1::int)"};
static const struct cs_stmt DEALLOCATE = {"deallocate", "deallocate all"};
static const struct cs_stmt ECHO = {
    "echo", "select $1::text, $2::bigint, $3::float8, $4::boolean, $5::bytea, $6::text[], $7::text,"
            " " CS_MS("'2026-01-02 03:04:05.678Z'::timestamptz")};

static const char *url, *schema;
static struct cs_pg *pg, *other;
static struct cs_arena arena;
static char tenant[CS_ID_SIZE], stranger[CS_ID_SIZE];

static PGresult *insert_last(const char *owner, const char *key)
{
    cs_pg_begin(pg, tenant);
    return cs_pg_last(pg, &INSERT, CS_S(owner), CS_S(key), CS_B("\0\xff", 2));
}

static int64_t count_as(const char *who)
{
    cs_pg_begin(pg, who);
    PGresult *r = cs_pg_last(pg, &COUNT);
    return r ? cs_pg_i64(r, 0, 0) : -1;
}

static bool a_row_is_seen_by_its_tenant_alone(void)
{
    return insert_last(tenant, "a") && count_as(tenant) == 1 && count_as(stranger) == 0 &&
           count_as(NULL) == 0;
}

static bool a_row_of_another_tenant_is_refused(void)
{
    return !insert_last(stranger, "a") && strcmp(cs_pg_state(pg), "42501") == 0 &&
           !cs_pg_broken(pg) && count_as(stranger) == 0;
}

static bool a_broken_constraint_is_named(void)
{
    return insert_last(tenant, "a") && !insert_last(tenant, "a") && cs_pg_unique_violation(pg) &&
           strcmp(cs_pg_constraint(pg), "idempotency_pkey") == 0 && count_as(tenant) == 1;
}

static bool a_push_that_fails_undoes_the_transaction(void)
{
    cs_pg_begin(pg, tenant);
    cs_pg_push(pg, &INSERT, CS_S(tenant), CS_S("b"), CS_B("", 0));
    cs_pg_push(pg, &INSERT, CS_S(tenant), CS_S("b"), CS_B("", 0));
    return !cs_pg_last(pg, &COUNT) && cs_pg_unique_violation(pg) && cs_pg_commit(pg) < 0 &&
           count_as(tenant) == 0;
}

static bool after_a_failure_everything_fails_until_begin(void)
{
    cs_pg_begin(pg, tenant);
    bool ok = cs_pg_query(pg, &COUNT) && !cs_pg_query(pg, &WRONG, CS_I(0)) &&
              strcmp(cs_pg_state(pg), "22012") == 0;
    cs_pg_push(pg, &INSERT, CS_S(tenant), CS_S("c"), CS_B("", 0));
    ok = ok && !cs_pg_query(pg, &COUNT) && cs_pg_commit(pg) < 0;
    cs_pg_begin(pg, tenant);
    return ok && cs_pg_query(pg, &WRONG, CS_I(1)) && cs_pg_commit(pg) == 0 && count_as(tenant) == 0;
}

static bool a_statement_that_cannot_be_prepared_hurts_no_other(void)
{
    cs_pg_begin(pg, tenant);
    bool ok = !cs_pg_last(pg, &BROKEN_SQL);
    cs_pg_begin(pg, tenant);
    ok = ok && !cs_pg_last(pg, &BROKEN_SQL) && strcmp(cs_pg_state(pg), "42601") == 0;
    return ok && count_as(tenant) == 0;
}

static bool a_rollback_leaves_nothing(void)
{
    cs_pg_begin(pg, tenant);
    bool ok = cs_pg_query(pg, &INSERT, CS_S(tenant), CS_S("d"), CS_B("", 0));
    cs_pg_rollback(pg);
    cs_pg_rollback(pg);
    cs_pg_begin(pg, tenant);
    cs_pg_push(pg, &INSERT, CS_S(tenant), CS_S("d"), CS_B("", 0));
    return ok && count_as(tenant) == 0; /* which begins without having ended */
}

static bool many_pushes_are_one_transaction(void)
{
    for (int clash = 1; clash >= 0; clash--) {
        cs_pg_begin(pg, tenant);
        for (int i = 0; i < MANY; i++)
            cs_pg_push(pg, &INSERT, CS_S(tenant), CS_I(clash && i == MANY / 2 ? 0 : i),
                       CS_B("", 0));
        if ((cs_pg_commit(pg) == 0) == clash || count_as(tenant) != (clash ? 0 : MANY))
            return false;
    }
    return true;
}

static int64_t round_trips(void)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    cs_metrics_write(&b);
    const char *at = strstr(b.data, "cs_pg_seconds_count ");
    return at ? strtoll(at + strlen("cs_pg_seconds_count "), NULL, 10) : -1;
}

static bool a_transaction_of_two_statements_is_one_round_trip(void)
{
    int64_t before = round_trips();
    cs_pg_begin(pg, tenant);
    cs_pg_push(pg, &INSERT, CS_S(tenant), CS_S("e"), CS_B("", 0));
    bool ok = cs_pg_last(pg, &COUNT);
    return ok && round_trips() == before + 1;
}

/* statement_timeout as the transaction sees it, in milliseconds; -1: it failed */
static int64_t statement_timeout(int64_t deadline_ms)
{
    cs_pg_deadline(pg, deadline_ms);
    cs_pg_begin(pg, NULL);
    PGresult *r = cs_pg_last(pg, &TIMEOUT);
    cs_pg_deadline(pg, 0);
    return r ? cs_pg_i64(r, 0, 0) : -1;
}

static bool a_statement_has_what_is_left_of_its_call(void)
{
    int64_t now = cs_mono_ms(), before = round_trips();
    int64_t short_ms = statement_timeout(now + 10000), past_ms = statement_timeout(now - 10000);

    return short_ms > 2000 && short_ms <= 10000 && past_ms == 2000 &&
           statement_timeout(now + 3600 * 1000) == 30000 && statement_timeout(0) == 30000 &&
           round_trips() == before + 4;
}

static bool a_statement_that_takes_longer_is_given_up(void)
{
    cs_pg_deadline(pg, 1);
    cs_pg_begin(pg, tenant);
    bool gone = !cs_pg_last(pg, &SLEEP) && strcmp(cs_pg_state(pg), "57014") == 0;
    cs_pg_rollback(pg);
    cs_pg_deadline(pg, 0);
    return gone && insert_last(tenant, "late") && count_as(tenant) == 1;
}

/* The process that serves the transaction; -1: none. */
static int64_t backend(struct cs_pg *p, bool last)
{
    cs_pg_begin(p, NULL);
    PGresult *r = last ? cs_pg_last(p, &PID) : cs_pg_query(p, &PID);
    return r ? cs_pg_i64(r, 0, 0) : -1;
}

static bool a_connection_killed_at_rest_is_not_noticed(void)
{
    int64_t busy = backend(other, false), pid = backend(pg, true);
    bool ok = pid != busy && cs_pg_query(other, &KILL, CS_I(pid));
    cs_sleep_ms(200); /* the server does it in its own time */
    ok = ok && insert_last(tenant, "f") && count_as(tenant) == 1;
    cs_pg_rollback(other);
    return ok;
}

static bool transactions_one_after_the_other_share_a_connection(void)
{
    int64_t pid = backend(pg, true);
    return backend(other, true) == pid && backend(pg, true) == pid;
}

static bool transactions_at_a_time_have_one_each(void)
{
    int64_t first = backend(pg, false), second = backend(other, false);
    bool ok = first > 0 && second > 0 && first != second && cs_pg_commit(pg) == 0;
    /* the one that was given back is free, and the last to be so is the first to be borrowed */
    ok = ok && backend(pg, true) == first && cs_pg_commit(other) == 0;
    return ok && backend(pg, true) == second;
}

static bool a_failed_transaction_gives_its_connection_back(void)
{
    cs_pg_begin(pg, NULL);
    PGresult *r = cs_pg_query(pg, &PID);
    int64_t pid = r ? cs_pg_i64(r, 0, 0) : -1;
    bool ok = !cs_pg_query(pg, &WRONG, CS_I(0));
    return ok && pid > 0 && backend(other, true) == pid;
}

static bool results_stay_when_the_connection_is_another_s(void)
{
    cs_pg_begin(pg, NULL);
    PGresult *r = cs_pg_last(pg, &ECHO, CS_S("mine"), CS_I(1), CS_S("1"), CS_BOOL(true),
                             CS_B("", 0), CS_S("{}"), CS_NULL);
    return r && backend(other, true) > 0 && strcmp(cs_pg_text(r, 0, 0), "mine") == 0;
}

static int64_t connections(void)
{
    CS_BUF_AUTO struct cs_buf b = {0};
    cs_metrics_write(&b);
    const char *at = strstr(b.data, "\ncs_pg_connections ");
    return at ? strtoll(at + strlen("\ncs_pg_connections "), NULL, 10) : -1;
}

static bool connections_that_are_not_used_are_closed(void)
{
    int64_t first = backend(pg, false), second = backend(other, false);
    bool ok = cs_pg_commit(pg) == 0 && cs_pg_commit(other) == 0 && connections() >= 2;
    int64_t left = cs_pg_close_idle();
    ok = ok && first != second && left > 0 && left <= 30000 && connections() >= 2;
    cs_pg_limits(50, 0);
    cs_sleep_ms(60);
    ok = ok && backend(pg, true) == second; /* which makes it a new one */
    cs_pg_close_idle();
    ok = ok && connections() == 1 && backend(pg, true) == second;
    cs_pg_limits(30000, 0);
    return ok;
}

static void *count_in_thread(void *arg)
{
    enum { ROUNDS = 50 };
    struct cs_pg *mine = cs_pg_new(url, schema);
    int *n = arg;

    for (int i = 0; i < ROUNDS; i++) {
        cs_pg_begin(mine, tenant);
        *n += cs_pg_query(mine, &PID) && cs_pg_last(mine, &COUNT);
    }
    *n = *n == ROUNDS;
    cs_pg_free(mine);
    return NULL;
}

static bool many_threads_wait_for_few_connections(void)
{
    enum { THREADS = 8, MAX = 2 };
    pthread_t threads[THREADS];
    int good[THREADS] = {0}, all = 0;

    cs_pg_limits(0, MAX);
    cs_sleep_ms(2);
    cs_pg_close_idle();
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, count_in_thread, &good[i]);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        all += good[i];
    }
    cs_pg_limits(30000, 0);
    return all == THREADS && connections() <= MAX;
}

static bool a_transaction_that_finds_no_free_connection_in_time_is_broken(void)
{
    cs_pg_limits(0, 1);
    cs_sleep_ms(2);
    cs_pg_close_idle();
    bool ok = backend(pg, false) > 0 && backend(other, true) == -1 && cs_pg_broken(other);
    cs_pg_limits(30000, 0);
    cs_pg_rollback(pg);
    return ok && backend(other, true) > 0;
}

static bool a_connection_killed_at_work_is_opened_again(void)
{
    cs_pg_begin(pg, tenant);
    PGresult *r = cs_pg_query(pg, &PID);
    bool ok = r && !cs_pg_query(pg, &KILL, CS_I(cs_pg_i64(r, 0, 0))) && cs_pg_broken(pg) &&
              !cs_pg_query(pg, &PID);
    return ok && count_as(tenant) == 0;
}

/* "deallocate all" forgets the prepared commit too */
static bool forgotten_statements_are_prepared_again(void)
{
    cs_pg_begin(pg, tenant);
    bool ok = !cs_pg_last(pg, &DEALLOCATE) && strcmp(cs_pg_state(pg), "26000") == 0;
    return ok && count_as(tenant) == 0;
}

static bool values_come_back_as_they_went(void)
{
    static const char *const words[] = {"", "a,b", "q\"\\{}", "NULL", " x "};
    char *items[5];
    static const char bytes[] = "\0\1\377\\x";
    size_t n_items, len;

    for (size_t i = 0; i < 5; i++)
        items[i] = cs_strdup(&arena, words[i]);
    cs_pg_begin(pg, NULL);
    PGresult *r =
        cs_pg_last(pg, &ECHO, CS_S("t"), CS_I(INT64_MIN), CS_S("-0.1"), CS_BOOL(true),
                   CS_B(bytes, sizeof(bytes)), CS_S(cs_pg_array(&arena, items, 5)), CS_NULL);
    if (!r)
        return false;
    char **texts = cs_pg_texts(&arena, r, 0, 5, &n_items);
    const void *back = cs_pg_bytes(&arena, r, 0, 4, &len);
    bool ok = n_items == 5 && len == sizeof(bytes) && memcmp(back, bytes, len) == 0;
    for (size_t i = 0; ok && i < n_items; i++)
        ok = strcmp(texts[i], items[i]) == 0;
    return ok && strcmp(cs_pg_text(r, 0, 0), "t") == 0 && cs_pg_i64(r, 0, 1) == INT64_MIN &&
           strcmp(cs_pg_text(r, 0, 2), "-0.1") == 0 && cs_pg_bool(r, 0, 3) &&
           !cs_pg_text(r, 0, 6) && cs_pg_i64(r, 0, 7) == 1767323045678;
}

static bool bytes_are_stored_whole(void)
{
    size_t len;
    bool ok = insert_last(tenant, "g");
    cs_pg_begin(pg, tenant);
    PGresult *r = cs_pg_last(pg, &BODY, CS_S("g"));
    return ok && r && memcmp(cs_pg_bytes(&arena, r, 0, 0, &len), "\0\xff", 2) == 0 && len == 2;
}

/* told to nobody, and the caller knows why; the largest one is told */
static bool an_event_that_is_too_large_fails_its_call(void)
{
    static const struct cs_stmt forget = {"forget_events", "delete from outbox"};
    struct cs_call call = {.arena = &arena, .pg = pg, .tenant = tenant};
    ApiKeyEvent payload = API_KEY_EVENT_INIT;
    struct cs_event e = {
        .tenant = tenant, .aggregate = "api_key", .event = "created", .id = tenant};
    bool ok = true;

    e.payload = &payload.base;
    for (size_t over = 0; over < 2; over++) {
        size_t len = CS_MAX_MESSAGE - 4 + over; /* tag and length are the rest */
        payload.api_key_id = cs_alloc(&arena, len + 1);
        memset(payload.api_key_id, 'x', len);
        cs_pg_begin(pg, tenant);
        cs_event(&call, &e);
        cs_pg_push(pg, &forget);
        int r = cs_pg_commit(pg) < 0 ? cs_fail_pg(&call) : 0;
        ok = ok && r == (over ? -CS_TOO_LARGE : 0);
    }
    return ok && strstr(call.detail, "512 KiB") && count_as(tenant) == 0;
}

static bool a_server_that_is_not_there_is_broken(void)
{
    struct cs_pg *none = cs_pg_new("postgresql://nobody@/none?host=/nonexistent", "none");
    cs_pg_begin(none, NULL);
    bool ok = !cs_pg_last(none, &PID) && cs_pg_broken(none) && !*cs_pg_state(none);
    cs_pg_rollback(none);
    cs_pg_free(none);
    return ok;
}

#define CASE(fn_)                                                                                  \
    {                                                                                              \
#fn_, fn_                                                                                  \
    }
static const struct {
    const char *name;
    bool (*fn)(void);
} cases[] = {
    CASE(a_row_is_seen_by_its_tenant_alone),
    CASE(a_row_of_another_tenant_is_refused),
    CASE(a_broken_constraint_is_named),
    CASE(a_push_that_fails_undoes_the_transaction),
    CASE(after_a_failure_everything_fails_until_begin),
    CASE(a_statement_that_cannot_be_prepared_hurts_no_other),
    CASE(a_rollback_leaves_nothing),
    CASE(many_pushes_are_one_transaction),
    CASE(a_transaction_of_two_statements_is_one_round_trip),
    CASE(a_statement_has_what_is_left_of_its_call),
    CASE(a_statement_that_takes_longer_is_given_up),
    CASE(a_connection_killed_at_rest_is_not_noticed),
    CASE(a_connection_killed_at_work_is_opened_again),
    CASE(transactions_one_after_the_other_share_a_connection),
    CASE(transactions_at_a_time_have_one_each),
    CASE(a_failed_transaction_gives_its_connection_back),
    CASE(results_stay_when_the_connection_is_another_s),
    CASE(connections_that_are_not_used_are_closed),
    CASE(many_threads_wait_for_few_connections),
    CASE(a_transaction_that_finds_no_free_connection_in_time_is_broken),
    CASE(forgotten_statements_are_prepared_again),
    CASE(values_come_back_as_they_went),
    CASE(bytes_are_stored_whole),
    CASE(an_event_that_is_too_large_fails_its_call),
    CASE(a_server_that_is_not_there_is_broken),
};

static void clean(void)
{
    cs_pg_begin(pg, tenant);
    cs_pg_last(pg, &CLEAN);
}

int main(int argc, char **argv)
{
    int passed = 0, failed = 0;

    if (argc != 3) {
        fputs("usage: database <url> <schema>\n", stderr);
        return 2;
    }
    cs_arena_init(&arena);
    cs_id_new(tenant);
    cs_id_new(stranger);
    url = argv[1];
    schema = argv[2];
    pg = cs_pg_new(url, schema);
    other = cs_pg_new(url, schema);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool ok = cases[i].fn();
        printf("  %s  %s\n", ok ? "ok  " : "FAIL", cases[i].name);
        passed += ok;
        failed += !ok;
        clean();
    }
    bool known = cs_migrate_check(pg, argv[2]) == 0 && cs_migrate_check(pg, "unknown") == 1;
    printf("  %s  a_schema_knows_whether_it_is_behind\n", known ? "ok  " : "FAIL");
    cs_pg_free(pg);
    cs_pg_free(other);
    cs_arena_dispose(&arena);
    printf("database: %d passed, %d failed, 0 skipped\n", passed + known, failed + !known);
    return failed || !known;
}
