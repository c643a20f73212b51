/* One table row in place of PostgreSQL: what is kept, under what, and what a repeat gets. */
#include "test.h"

#include "bus/idempotency.h"

#include "chatsphere/v1/names.h"
#include "pg/pg.h"

enum { COLUMNS = 7 };

static struct cs_pg_arg row[COLUMNS]; /* as it was inserted */
static bool there;
static int asked;
static PGresult *answered;

static void fake_begin(struct cs_pg *pg, const char *tenant)
{
    (void)pg;
    assert_non_null(tenant);
}

static void fake_push(struct cs_pg *pg, const struct cs_stmt *stmt, const struct cs_pg_arg *args,
                      size_t n)
{
    (void)pg;
    assert_string_equal(stmt->name, "idempotency_keep");
    assert_int_equal(n, COLUMNS);
    memcpy(row, args + 1, sizeof(row));
    there = true;
}

static void put(PGresult *r, int column, const char *text)
{
    char *copy = cs_strdup(&arena, text);

    assert_int_equal(PQsetvalue(r, 0, column, copy, (int)strlen(copy)), 1);
}

/* bytea as the server writes it */
static const char *hex(const struct cs_pg_arg *arg)
{
    const char *text = "\\x";

    for (int i = 0; i < arg->len; i++)
        text = cs_printf(&arena, "%s%02x", text, (unsigned char)arg->value[i]);
    return text;
}

/* tenant, principal, route and key: the first four of both statements */
static bool is_of(const struct cs_pg_arg *args)
{
    for (int i = 0; i < 4; i++)
        if (strcmp(args[i].value, row[i].value) != 0)
            return false;
    return true;
}

static PGresult *fake_last(struct cs_pg *pg, const struct cs_stmt *stmt,
                           const struct cs_pg_arg *args, size_t n)
{
    PGresAttDesc columns[] = {
        {.name = (char *)"body_hash"}, {.name = (char *)"status"}, {.name = (char *)"result"}};

    (void)pg;
    assert_string_equal(stmt->name, "idempotency_find");
    assert_int_equal(n, 4);
    asked++;
    PQclear(answered);
    answered = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PQsetResultAttrs(answered, 3, columns);
    if (there && is_of(args + 1)) {
        put(answered, 0, row[4].value);
        put(answered, 1, row[5].number);
        put(answered, 2, hex(&row[6]));
    }
    return answered;
}

#define cs_pg_begin fake_begin
#define cs_pg_push_ fake_push
#define cs_pg_last_ fake_last
#include "bus/idempotency.c" /* NOLINT(bugprone-suspicious-include): with the table above */

static RegisterRequest request = REGISTER_REQUEST_INIT;

static struct cs_call call_of(const char *key)
{
    static char connection; /* nobody looks into it */

    return (struct cs_call){
        .arena = &arena,
        .pg = (struct cs_pg *)&connection,
        .rpc = RPC_AUTH_REGISTER_USER,
        .req = &request.base,
        .tenant = "t",
        .principal = "user:u",
        .idempotency_key = key,
    };
}

/* a first call that did its work */
static void done(const char *key, bool begun)
{
    struct cs_call call = call_of(key);
    Session rep = SESSION_INIT;

    there = false;
    request.email = (char *)"ada@example.com";
    request.password = (char *)"a long secret";
    rep.access_token = (char *)"a bearer of power";
    Session_set_expires_in(&rep, 900);
    assert_int_equal(cs_idempotency_find(&call), 0);
    (begun ? cs_idempotency_keep_begun : cs_idempotency_keep)(&call, &rep.base);
}

/* of a session; -1: there is none */
static int64_t lasts(const ProtobufCMessage *session)
{
    return session ? ((const Session *)session)->expires_in : -1;
}

static void test_without_a_key_nothing_happens(void **state)
{
    struct cs_call call = call_of(NULL);
    (void)state;

    done(NULL, false);
    call.idempotency_key = "k";
    call.principal = NULL;
    assert_int_equal(cs_idempotency_find(&call), 0);
    assert_false(there);
    assert_int_equal(asked, 0);
}

static void test_the_same_gets_the_same(void **state)
{
    struct cs_call call = call_of("k");
    (void)state;

    done("k", false);
    assert_true(there);
    assert_int_equal(cs_idempotency_find(&call), CS_ANSWERED);
    assert_int_equal(lasts(call.rep), 900);
    assert_null(call.begun);
}

static void test_another_request_is_refused(void **state)
{
    struct cs_call call = call_of("k");
    (void)state;

    done("k", false);
    request.email = (char *)"eve@example.com";
    assert_true(cs_idempotency_find(&call) < 0);
    assert_int_equal(call.status, CS_UNPROCESSABLE);
    assert_null(call.rep);
}

static void test_a_key_is_its_callers_and_routes(void **state)
{
    struct cs_call other = call_of("other"), tenant = call_of("k"), principal = call_of("k"),
                   route = call_of("k");
    (void)state;

    done("k", false);
    tenant.tenant = "s";
    principal.principal = "user:v";
    route.rpc = RPC_AUTH_LOGIN;
    assert_int_equal(cs_idempotency_find(&other), 0);
    assert_int_equal(cs_idempotency_find(&tenant), 0);
    assert_int_equal(cs_idempotency_find(&principal), 0);
    assert_int_equal(cs_idempotency_find(&route), 0);
}

static void test_secrets_are_neither_kept_nor_compared(void **state)
{
    struct cs_call call = call_of("k");
    (void)state;

    done("k", false);
    assert_null(memmem(row[6].value, (size_t)row[6].len, "power", 5));
    request.password = (char *)"another secret";
    assert_int_equal(cs_idempotency_find(&call), CS_ANSWERED);
    assert_true(call.rep && !((const Session *)call.rep)->access_token);
}

static void test_what_began_is_told_to_the_handler(void **state)
{
    struct cs_call call = call_of("k");
    (void)state;

    done("k", true);
    assert_int_equal(cs_idempotency_find(&call), 0);
    assert_int_equal(lasts(call.begun), 900);
    assert_null(call.rep);
}

static void test_is_kept_for_who_asked(void **state)
{
    struct cs_call call = call_of("k"), again = call_of("k");
    Session rep = SESSION_INIT;
    (void)state;

    there = false;
    assert_int_equal(cs_idempotency_find(&call), 0);
    call.principal = "user:new"; /* by the handler */
    cs_idempotency_keep(&call, &rep.base);
    assert_int_equal(cs_idempotency_find(&again), CS_ANSWERED);
}

static void test_what_cannot_be_read_is_no_answer(void **state)
{
    struct cs_call call = call_of("k");
    (void)state;

    done("k", false);
    row[6] = CS_B("\xff\xff", 2);
    assert_true(cs_idempotency_find(&call) < 0);
    assert_int_equal(call.status, CS_INTERNAL);
}

static int tear_down(void **state)
{
    (void)state;
    PQclear(answered);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_key_nothing_happens),
        cmocka_unit_test(test_the_same_gets_the_same),
        cmocka_unit_test(test_another_request_is_refused),
        cmocka_unit_test(test_a_key_is_its_callers_and_routes),
        cmocka_unit_test(test_secrets_are_neither_kept_nor_compared),
        cmocka_unit_test(test_what_began_is_told_to_the_handler),
        cmocka_unit_test(test_is_kept_for_who_asked),
        cmocka_unit_test(test_what_cannot_be_read_is_no_answer),
    };
    return test_run_with(tests, NULL, tear_down);
}
