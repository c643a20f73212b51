/* One connection of the superuser: roles, schemas, then the migrations that are not applied yet. */
#include "pg/migrate.h"

#include "base/clock.h"
#include "base/file.h"
#include "crypto/crypto.h"
#include "pg/pg.h"

#include <errno.h>
#include <string.h>

enum { PATIENCE_MS = 60 * 1000, PAUSE_MS = 500, MAX_PASSWORD = 1024 };

/* any constant of ours; the lock is held as long as the connection */
#define LOCK "select pg_advisory_lock(7163095213)"

/* libs/pg/migrations is embedded under this name: 001_shared and the like are for the schema
 * chatsphere, service_001 and the like come first in every service's schema */
static const char *const own_folder = "pg";
static const char *const template_prefix = "service_";

struct migrator {
    PGconn *conn;
    struct cs_arena *arena;
    const char *passwords_dir;
};

static bool is_own(const struct cs_migration *m)
{
    return strcmp(m->schema, own_folder) == 0;
}

static bool is_template(const struct cs_migration *m)
{
    return is_own(m) && strncmp(m->name, template_prefix, strlen(template_prefix)) == 0;
}

/* ---- talking to the server ---- */

static int migrator_complain(const struct migrator *m, const char *what)
{
    fprintf(stderr, "%s: %s", what, PQerrorMessage(m->conn));
    return -1;
}

static int migrator_run(const struct migrator *m, const char *sql, const char *what)
{
    PGresult *r = PQexec(m->conn, sql);
    ExecStatusType status = PQresultStatus(r);

    PQclear(r);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? 0 : migrator_complain(m, what);
}

/* The first column of the first row, in the arena, NULL if there is none; *ret is -1 on failure. */
static const char *migrator_ask(const struct migrator *m, const char *sql, const char *a,
                                const char *b, int *ret)
{
    const char *const values[] = {a, b};
    PGresult *r = PQexecParams(m->conn, sql, b ? 2 : a ? 1 : 0, NULL, values, NULL, NULL, 0);
    const char *text = NULL;

    *ret = PQresultStatus(r) == PGRES_TUPLES_OK ? 0 : migrator_complain(m, sql);
    if (*ret == 0 && PQntuples(r) > 0)
        text = cs_strdup(m->arena, cs_pg_text(r, 0, 0));
    PQclear(r);
    return text;
}

static const char *quoted_identifier(const struct migrator *m, const char *name)
{
    char *quoted = PQescapeIdentifier(m->conn, name, strlen(name));
    const char *copy = cs_strdup(m->arena, quoted);

    PQfreemem(quoted);
    return copy;
}

static const char *quoted_literal(const struct migrator *m, const char *text)
{
    char *quoted = PQescapeLiteral(m->conn, text, strlen(text));
    const char *copy = cs_strdup(m->arena, quoted);

    PQfreemem(quoted);
    return copy;
}

static void no_notice(void *state, const PGresult *result)
{
    (void)state, (void)result;
}

/* Waits for a server that is still starting; anything else it says is final. */
static int migrator_connect(struct migrator *m, const char *url)
{
    int64_t until = cs_mono_ms() + PATIENCE_MS;

    for (;;) {
        PGPing ping = PQping(url);
        if ((ping != PQPING_NO_RESPONSE && ping != PQPING_REJECT) || cs_mono_ms() > until)
            break;
        cs_sleep_ms(PAUSE_MS);
    }
    m->conn = PQconnectdb(url);
    if (PQstatus(m->conn) != CONNECTION_OK)
        return migrator_complain(m, "CHATSPHERE_PG_URL");
    PQsetNoticeReceiver(m->conn, no_notice, NULL);
    if (cs_pg_is_pooled(m->conn) == 1) {
        fputs("CHATSPHERE_PG_URL: leads through a connection pooler; migrate holds a lock of the "
              "session and "
              "must connect to PostgreSQL itself.\n",
              stderr);
        return -1;
    }
    return 0;
}

/* ---- roles ---- */

static int role_make(const struct migrator *m, const char *role, const char *kind)
{
    int r;

    if (migrator_ask(m, "select 1 from pg_roles where rolname = $1", role, NULL, &r) || r < 0)
        return r;
    printf("role %s\n", role);
    return migrator_run(
        m, cs_printf(m->arena, "create role %s %s", quoted_identifier(m, role), kind), role);
}

/* the server gets the SCRAM verifier, so the password stands in no log of its */
static int role_set_password(const struct migrator *m, const char *role, const char *schema)
{
    const char *path = cs_printf(m->arena, "%s/%s", m->passwords_dir, schema);
    char *password = cs_file_read_line(m->arena, path, MAX_PASSWORD), *verifier;
    const char *sql;

    if (!password || !*password) {
        fprintf(stderr, "%s: %s\n", path, password ? "is empty" : strerror(errno));
        return -1;
    }
    verifier = PQencryptPasswordConn(m->conn, password, role, "scram-sha-256");
    if (!verifier)
        return migrator_complain(m, role);
    sql = cs_printf(m->arena, "alter role %s password %s", quoted_identifier(m, role),
                    quoted_literal(m, verifier));
    PQfreemem(verifier);
    return migrator_run(m, sql, role);
}

/* Who hands a function to another role must be a member of it. */
static int definer_make(const struct migrator *m)
{
    int r;

    if (role_make(m, "chatsphere_definer", "nologin") < 0)
        return -1;
    if (migrator_ask(m, "select 1 where pg_has_role(current_user, 'chatsphere_definer', 'member')",
                     NULL, NULL, &r) ||
        r < 0)
        return r;
    return migrator_run(m, "grant chatsphere_definer to current_user", "chatsphere_definer");
}

/* ---- schemas ---- */

/* the schema, open to its role and to the definer functions; the shared one to all roles */
static int schema_make(const struct migrator *m, const char *schema)
{
    const char *id = quoted_identifier(m, schema);
    const char *role = quoted_identifier(m, cs_printf(m->arena, "chatsphere_%s", schema));

    return migrator_run(m,
                        cs_printf(m->arena,
                                  "create schema if not exists %s;"
                                  "grant usage on schema %s to %s, chatsphere_definer;"
                                  "grant usage on schema chatsphere to %s;"
                                  "grant select on chatsphere.migrations to %s",
                                  id, id, role, role, role),
                        schema);
}

/* 0: must be applied; 1: was; -1: failed, or was another text */
static int migration_was_applied(const struct migrator *m, const char *schema, const char *name,
                                 const char *hash)
{
    const char *before;
    int r;

    if (!migrator_ask(m, "select to_regclass('chatsphere.migrations')", NULL, NULL, &r))
        return r;
    before =
        migrator_ask(m, "select hash from chatsphere.migrations where schema = $1 and name = $2",
                     schema, name, &r);
    if (r < 0 || !before)
        return r;
    if (strcmp(before, hash) == 0)
        return 1;
    fprintf(stderr, "%s/%s was changed after it had been applied; add a new migration instead\n",
            schema, name);
    return -1;
}

static int migration_apply(const struct migrator *m, const char *schema,
                           const struct cs_migration *migration)
{
    const char *what = cs_printf(m->arena, "%s/%s", schema, migration->name), *begin, *record;
    char hash[CS_SHA256_HEX];
    int r;

    cs_sha256_hex(hash, migration->sql, strlen(migration->sql));
    r = migration_was_applied(m, schema, migration->name, hash);
    if (r != 0)
        return r < 0 ? -1 : 0;
    begin = cs_printf(m->arena, "begin; set local search_path = %s, pg_temp",
                      quoted_identifier(m, schema));
    record = cs_printf(
        m->arena, "reset role; insert into chatsphere.migrations values (%s, %s, '%s'); commit",
        quoted_literal(m, schema), quoted_literal(m, migration->name), hash);
    if (migrator_run(m, begin, what) < 0 || migrator_run(m, migration->sql, what) < 0 ||
        migrator_run(m, record, what) < 0) {
        migrator_run(m, "rollback", what);
        return -1;
    }
    printf("applied %s\n", what);
    return 0;
}

static int migrate_shared(const struct migrator *m)
{
    if (migrator_run(m, "create schema if not exists chatsphere", "chatsphere") < 0)
        return -1;
    for (size_t i = 0; i < cs_n_migrations; i++)
        if (is_own(&cs_migrations[i]) && !is_template(&cs_migrations[i]) &&
            migration_apply(m, "chatsphere", &cs_migrations[i]) < 0)
            return -1;
    return migrator_run(m, "grant usage on schema chatsphere to chatsphere_definer", "chatsphere");
}

/* What depends on more than the migrations, such as an extension that may be there or not. */
static int migrated_call(const struct migrator *m, const char *schema)
{
    const char *fn = cs_printf(m->arena, "%s.migrated()", quoted_identifier(m, schema));
    int r;
    const char *there = migrator_ask(m, "select to_regprocedure($1)", fn, NULL, &r);

    if (r < 0 || !there)
        return r;
    return migrator_run(m, cs_printf(m->arena, "select %s", fn), fn);
}

static int migrate_service(const struct migrator *m, size_t first)
{
    const char *schema = cs_migrations[first].schema;
    const char *role = cs_printf(m->arena, "chatsphere_%s", schema);

    if (role_make(m, role, "login") < 0 || role_set_password(m, role, schema) < 0 ||
        schema_make(m, schema) < 0)
        return -1;
    for (size_t i = 0; i < cs_n_migrations; i++)
        if (is_template(&cs_migrations[i]) && migration_apply(m, schema, &cs_migrations[i]) < 0)
            return -1;
    for (size_t i = first; i < cs_n_migrations && strcmp(cs_migrations[i].schema, schema) == 0; i++)
        if (migration_apply(m, schema, &cs_migrations[i]) < 0)
            return -1;
    return migrated_call(m, schema);
}

/*
 * PUBLIC, and so the role of each service, may connect to a database until its owner revokes that. Without
 * the right to revoke it there is a hint: the platform works all the same.
 */
static int database_close(const struct migrator *m, const char *name)
{
    int r;
    const char *owned =
        migrator_ask(m,
                     "select pg_has_role(current_user, datdba, 'usage')"
                     " from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))"
                     " where datname = $1 and grantee = 0 and privilege_type = 'CONNECT'",
                     name, NULL, &r);

    if (r < 0 || !owned)
        return r;
    if (*owned == 't')
        return migrator_run(
            m, cs_printf(m->arena, "revoke connect on database %s from public", name), name);
    printf("hint: any role may connect to the database %s; its owner can revoke that: "
           "revoke connect on database %s from public\n",
           name, name);
    return 0;
}

static int migrate_all(struct migrator *m, const char *url)
{
    const char *last = own_folder;

    if (migrator_connect(m, url) < 0 || migrator_run(m, LOCK, "the migrations' lock") < 0 ||
        database_close(m, "postgres") < 0 || database_close(m, "template1") < 0 ||
        definer_make(m) < 0 || migrate_shared(m) < 0)
        return -1;
    for (size_t i = 0; i < cs_n_migrations; i++) {
        /* cs_migrations is sorted, so a schema begins where its name first stands */
        const bool begins =
            !is_own(&cs_migrations[i]) && strcmp(last, cs_migrations[i].schema) != 0;
        last = cs_migrations[i].schema;
        if (begins && migrate_service(m, i) < 0)
            return -1;
    }
    return 0;
}

int cs_migrate(const char *url, const char *passwords_dir)
{
    struct cs_arena arena;
    struct migrator m = {.arena = &arena, .passwords_dir = passwords_dir};
    int r;

    cs_arena_init(&arena);
    r = migrate_all(&m, url);
    PQfinish(m.conn);
    cs_arena_dispose(&arena);
    return r;
}

/* ---- for services ---- */

static const struct cs_stmt COUNT_APPLIED = {
    "count_applied",
    "select count(*) from chatsphere.migrations where schema = $1 and name = any($2)"};

int cs_migrate_check(struct cs_pg *pg, const char *schema)
{
    struct cs_arena arena;
    char **names; /* those this program knows for the schema */
    PGresult *r;
    size_t n = 0;

    cs_arena_init(&arena);
    names = CS_NEW(&arena, char *, cs_n_migrations + 1);
    for (size_t i = 0; i < cs_n_migrations; i++)
        if (is_template(&cs_migrations[i]) || strcmp(cs_migrations[i].schema, schema) == 0)
            names[n++] = cs_strdup(&arena, cs_migrations[i].name);
    cs_pg_begin(pg, NULL);
    r = cs_pg_last(pg, &COUNT_APPLIED, CS_S(schema), CS_S(cs_pg_array(&arena, names, n)));
    cs_arena_dispose(&arena);
    if (!r) /* 42: no such table yet, or not ours to read yet */
        return strncmp(cs_pg_state(pg), "42", 2) == 0 ? 1 : -1;
    return cs_pg_i64(r, 0, 0) >= (int64_t)n ? 0 : 1;
}
