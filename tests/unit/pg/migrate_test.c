/* What the build has embedded: the order and the shape that the migrator relies on. */
#include "test.h"

#include "pg/migrate.h"

#include "nats/topology.h"

static bool has(const char *schema, const char *prefix)
{
    for (size_t i = 0; i < cs_n_migrations; i++)
        if (strcmp(cs_migrations[i].schema, schema) == 0 &&
            strncmp(cs_migrations[i].name, prefix, strlen(prefix)) == 0)
            return true;
    return false;
}

static void migrations_are_sorted_and_whole(void **state)
{
    (void)state;
    assert_true(cs_n_migrations > 2);
    for (size_t i = 0; i < cs_n_migrations; i++) {
        const struct cs_migration *m = &cs_migrations[i], *before = m - 1;
        assert_true(strlen(m->sql) > 0);
        assert_null(strchr(m->schema, '-'));
        if (i == 0)
            continue;
        int order = strcmp(before->schema, m->schema);
        assert_true(order < 0 || (order == 0 && strcmp(before->name, m->name) < 0));
    }
}

static void what_all_share_is_there(void **state)
{
    (void)state;
    assert_true(has("pg", "001_"));
    assert_true(has("pg", "service_001_"));
}

static void every_service_with_a_schema_has_migrations(void **state)
{
    (void)state;
    for (const struct cs_node *node = cs_topology; node->service; node++)
        assert_int_equal(has(node->service, "001_"), node->has_schema);
}

/* search_path is the schema's, so a name of another schema, or of public, is a mistake */
static void no_migration_ends_its_own_transaction(void **state)
{
    static const char *const words[] = {"\ncommit", "\nbegin;", "\nrollback", "public."};
    (void)state;

    for (size_t i = 0; i < cs_n_migrations; i++)
        for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++)
            assert_null(strcasestr(cs_migrations[i].sql, words[w]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(migrations_are_sorted_and_whole),
        cmocka_unit_test(what_all_share_is_there),
        cmocka_unit_test(every_service_with_a_schema_has_migrations),
        cmocka_unit_test(no_migration_ends_its_own_transaction),
    };
    return test_run(tests);
}
