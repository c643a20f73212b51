#pragma once
/*
 * migrate: brings every schema up to date, once, whoever runs it.
 *
 * Takes an advisory lock, revokes PUBLIC's right to connect to the databases postgres and template1 when
 * it may (a hint is printed otherwise), makes the roles (chatsphere_<schema>, LOGIN, with the given passwords;
 * chatsphere_definer, NOLOGIN, who owns the SECURITY DEFINER functions), the schema `chatsphere`
 * with what all share, then each schema's migrations in order, each in its own transaction with
 * search_path set to the schema. Applied ones are kept in chatsphere.migrations with a hash: a
 * changed file is refused.
 *
 * What the SQL files of libs/pg/migrations give to the others:
 *   chatsphere.tenant_table(regclass)     call it once for every table with tenant_id: enables and
 *                                         forces row security for the schema's role, lets
 *                                         chatsphere_definer see all, grants.
 *   chatsphere.open_table(regclass)       grants only, for tables without a tenant
 *   chatsphere.definer(regprocedure)      hands a function to chatsphere_definer, SECURITY DEFINER,
 *                                         executable by the schema's role only
 *   and, for every service schema (service_*.sql, before its own migrations):
 *     outbox, outbox_peek(n), outbox_done(ids)      see bus/event.h
 *     outbox_relay                                  the row that a publishing process locks
 *     idempotency, idempotency_expire()             answers already given, kept for a day
 *
 * A schema may have a function migrated(), which is called each time behind its migrations, for what depends on more
 * than them, such as an extension that is installed later.
 *
 * A migration that changes rows of a tenant table first says `set local role chatsphere_definer`;
 * FORCE binds the owner too.
 */
#include <stddef.h>

struct cs_migration {
    const char *schema, *name, *sql;
};
extern const struct cs_migration cs_migrations[]; /* embedded by the build; sorted */
extern const size_t cs_n_migrations;

/*
 * url: a connection that may create roles and schemas. passwords_dir: a file per schema, named as
 * it (auth, bot_store ...). Prints what it does; 0 or -1 with a message on standard error.
 */
int cs_migrate(const char *url, const char *passwords_dir);

/*
 * Services: 0 when the schema has every migration this program knows (it may have newer ones);
 * 1 when it is behind (stay un-ready); -1 when the database cannot be asked.
 */
struct cs_pg;
int cs_migrate_check(struct cs_pg *pg, const char *schema);
