/* Connections that are encrypted or stay on this machine, and those that would not. */
#include "test.h"

#include "base/plaintext.h"
#include "pg/tls.h"

#include <stdlib.h>

static const struct {
    const char *url;
    bool ok;
} rows[] = {
    {"postgresql://u:p@/db?host=/run/postgresql", true},
    {"postgresql://u:p@/db?host=%40chatsphere", true},
    {"postgresql://u:p@/db", true},
    {"postgresql://u:p@127.0.0.1:6432/db", true},
    {"postgresql://u:p@[::1]/db", true},
    {"host=localhost dbname=db", true},
    {"postgresql://u:p@db/x", false},
    {"postgresql://u:p@db/x?sslmode=disable", false},
    {"postgresql://u:p@db/x?sslmode=allow", false},
    {"postgresql://u:p@db/x?sslmode=prefer", false},
    {"postgresql://u:p@db/x?sslmode=require", true},
    {"postgresql://u:p@db/x?sslmode=verify-ca", true},
    {"postgresql://u:p@db/x?sslmode=verify-full", true},
    {"postgresql://u:p@127.0.0.1,db/x", false},
    {"postgresql://u:p@127.0.0.1,localhost/x", true},
    {"host=localhost hostaddr=10.0.0.1 dbname=x", false},
    {"host=db hostaddr=127.0.0.1 dbname=x", true},
    {"service=remote", false},
    {"service=remote sslmode=require", true},
};

static void plain_text_to_another_machine_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(rows); i++)
        if (cs_pg_plaintext_check(rows[i].url) != rows[i].ok)
            fail_msg("%s", rows[i].url);
}

static void variables_of_libpq_count(void **state)
{
    (void)state;
    setenv("PGSSLMODE", "verify-full", 1);
    assert_true(cs_pg_plaintext_check("postgresql://u:p@db/x"));
    assert_false(cs_pg_plaintext_check("postgresql://u:p@db/x?sslmode=prefer"));
    unsetenv("PGSSLMODE");
    setenv("PGHOST", "db", 1);
    assert_false(cs_pg_plaintext_check("dbname=x"));
    unsetenv("PGHOST");
}

static void the_setting_allows_it(void **state)
{
    static const struct cs_env table[] = {CS_PLAINTEXT_ENV, {0}};
    char *argv[] = {(char *)"test", NULL};

    (void)state;
    setenv("CHATSPHERE_PLAINTEXT", "allow", 1);
    assert_true(cs_env_load(table, "", 1, argv));
    for (size_t i = 0; i < LEN(rows); i++)
        assert_true(cs_pg_plaintext_check(rows[i].url));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_to_another_machine_is_refused),
        cmocka_unit_test(variables_of_libpq_count),
        cmocka_unit_test(the_setting_allows_it),
    };
    return test_run(tests);
}
