/* Spaces of vectors in SQL: what lacks vectors of one, and the switch to it. */
#include "retrieve/store.h"

#include "pg/pg.h"

/* The first document that lacks a vector of the space, with its first chunk without one. */
static const struct cs_stmt SPACE_MISSING = {
    "space_missing",
    "select c.space, m.document_id, m.version, m.name, m.chunks, m.first from collections c"
    " left join lateral (select d.document_id, d.version, d.name, d.chunks, x.first"
    " from documents d cross join lateral (select min(g.e) as first"
    " from (select 0 as e union all select s.first_ord + s.n from segments s"
    " where s.tenant_id = $1 and s.bot_id = $2 and s.document_id = d.document_id"
    " and s.version = d.version and s.space = $3 and ($4::text is null or s.complete)) g"
    " where not exists (select from segments t where t.tenant_id = $1 and t.bot_id = $2"
    " and t.document_id = d.document_id and t.version = d.version and t.space = $3"
    " and t.first_ord <= g.e and t.first_ord + t.n > g.e"
    " and ($4::text is null or (t.complete and t.stored = $4)))) x"
    " where d.tenant_id = $1 and d.bot_id = $2 and d.version is not null and x.first < d.chunks"
    " order by d.document_id limit 1) m on true"
    " where c.tenant_id = $1 and c.bot_id = $2 and not c.deleted"};
static const struct cs_stmt SPACE_SWITCH = {
    "space_switch",
    "update collections set previous_space = space, space = $3, dimensions = $4, bytes = null,"
    " version = version + 1 where tenant_id = $1 and bot_id = $2 and not deleted"};
static const struct cs_stmt SPACE_LOCK = {
    "space_lock", "select version from collections where tenant_id = $1 and bot_id = $2"
                  " and not deleted for update"};
static const struct cs_stmt SPACES_DROP = {
    "spaces_drop", "delete from segments s using collections c where c.tenant_id = $1"
                   " and c.bot_id = $2 and s.tenant_id = $1 and s.bot_id = $2"
                   " and s.space <> c.space and s.space is distinct from c.previous_space"
                   " and exists (select from documents d where d.tenant_id = $1 and d.bot_id = $2"
                   " and d.document_id = s.document_id and d.version = s.version)"};
static const struct cs_stmt SPACE_VERSION = {
    "space_version", "select version from collections where tenant_id = $1 and bot_id = $2"};

static const struct cs_stmt SPACE_FIRST = {
    "space_first", "update collections set space = coalesce(space, $3, (select space from segments"
                   " where tenant_id = $1 and bot_id = $2 and document_id = $5 and version = $6"
                   " limit 1)),"
                   " dimensions = case when space is null then $4::int else dimensions end"
                   " where tenant_id = $1 and bot_id = $2 returning space"};
static const struct cs_stmt SPACE_OTHERS_DROP = {
    "space_others_drop", "delete from segments where tenant_id = $1 and bot_id = $2"
                         " and document_id = $3 and version = $4 and space <> $5"};

int store_take_space(struct cs_call *call, const struct document *d, const char *space,
                     int32_t dimensions, const char **ret_space)
{
    if (space)
        cs_pg_push(call->pg, &SPACE_OTHERS_DROP, CS_S(call->tenant), CS_S(d->bot), CS_S(d->id),
                   CS_I(d->version), CS_S(space));
    PGresult *r =
        cs_pg_query(call->pg, &SPACE_FIRST, CS_S(call->tenant), CS_S(d->bot), CS_S(space),
                    dimensions ? CS_I(dimensions) : CS_NULL, CS_S(d->id), CS_I(d->version));
    if (!r)
        return cs_fail_pg(call);
    *ret_space = PQntuples(r) ? cs_strdup(call->arena, cs_pg_text(r, 0, 0)) : NULL;
    return 0;
}

static int missing_read(struct cs_call *call, const PGresult *r, struct store_missing *ret)
{
    if (!r)
        return cs_fail_pg(call);
    if (PQntuples(r) == 0)
        return STORE_NONE;
    *ret = (struct store_missing){
        .space = cs_strdup(call->arena, cs_pg_text(r, 0, 0)),
        .document = cs_strdup(call->arena, cs_pg_text(r, 0, 1)),
        .version = cs_pg_i64(r, 0, 2),
        .name = cs_strdup(call->arena, cs_pg_text(r, 0, 3)),
        .first = (int32_t)cs_pg_i64(r, 0, 5),
        .count = (int32_t)(cs_pg_i64(r, 0, 4) - cs_pg_i64(r, 0, 5)),
    };
    return 0;
}

int store_missing(struct cs_call *call, const char *bot, const char *space,
                  struct store_missing *ret)
{
    cs_pg_begin(call->pg, call->tenant);
    return missing_read(call,
                        cs_pg_last(call->pg, &SPACE_MISSING, CS_S(call->tenant), CS_S(bot),
                                   CS_S(space), CS_S(vector_store_id())),
                        ret);
}

int store_switch_space(struct cs_call *call, const char *bot, const char *space, int32_t dimensions,
                       int64_t *ret_version)
{
    struct store_missing missing;

    cs_pg_begin(call->pg, call->tenant);
    cs_pg_push(call->pg, &SPACE_LOCK, CS_S(call->tenant), CS_S(bot));
    int r = missing_read(call,
                         cs_pg_query(call->pg, &SPACE_MISSING, CS_S(call->tenant), CS_S(bot),
                                     CS_S(space), CS_S(vector_store_id())),
                         &missing);
    if (r == 0 && missing.document)
        r = STORE_BUSY;
    if (r) {
        cs_pg_rollback(call->pg);
        return r;
    }
    cs_pg_push(call->pg, &SPACE_SWITCH, CS_S(call->tenant), CS_S(bot), CS_S(space),
               dimensions ? CS_I(dimensions) : CS_NULL);
    cs_pg_push(call->pg, &SPACES_DROP, CS_S(call->tenant), CS_S(bot));
    PGresult *now = cs_pg_last(call->pg, &SPACE_VERSION, CS_S(call->tenant), CS_S(bot));
    if (!now)
        return cs_fail_pg(call);
    *ret_version = cs_pg_i64(now, 0, 0);
    return 0;
}
