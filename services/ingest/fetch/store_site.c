/* Sources in SQL: by request, and the claims of their crawls. */
#include "ingest/fetch/store_site.h"

#include "base/id.h"
#include "ingest/fetch/store_site_row.h"
#include "ingest/store_row.h"
#include "pg/pg.h"

#include <string.h>

/* ---- rows ---- */

static void site_read(struct cs_arena *a, const PGresult *r, int i, struct site *s)
{
    const char **text[] = {&s->tenant, &s->id,     &s->bot,   &s->url,   &s->root,
                           &s->host,   &s->status, &s->error, &s->rules, &s->runner};
    int64_t *times[] = {&s->began_ms, &s->ended_ms, &s->next_ms, &s->created_ms, &s->updated_ms};
    int n = sizeof(text) / sizeof(*text), c = n;

    for (int k = 0; k < n; k++)
        *text[k] = cs_strdup(a, cs_pg_text(r, i, k));
    s->include = cs_pg_texts(a, r, i, c++, &s->n_include);
    s->exclude = cs_pg_texts(a, r, i, c++, &s->n_exclude);
    s->depth = (int)cs_pg_i64(r, i, c++);
    s->max_pages = (int)cs_pg_i64(r, i, c++);
    s->refresh_hours = (int)cs_pg_i64(r, i, c++);
    s->delay_ms = (int)cs_pg_i64(r, i, c++);
    s->limited = cs_pg_bool(r, i, c++);
    s->run = cs_pg_i64(r, i, c++);
    for (size_t k = 0; k < sizeof(times) / sizeof(*times); k++)
        *times[k] = cs_pg_i64(r, i, c++);
}

static int site_many(struct cs_call *call, const PGresult *r, struct site **ret, size_t *ret_n)
{
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, struct site, *ret_n + 1);
    for (int i = 0; i < PQntuples(r); i++)
        site_read(call->arena, r, i, &(*ret)[i]);
    return 0;
}

/* STORE_NONE leaves the transaction as it is */
static int site_one(struct cs_call *call, const PGresult *r, struct site **ret)
{
    size_t n;
    int result = site_many(call, r, ret, &n);

    return result == 0 && n == 0 ? STORE_NONE : result;
}

/* ---- by request ---- */

static const struct cs_stmt SITE_ALONE = {
    "site_alone", "select pg_advisory_xact_lock(hashtextextended($1 || $2, 0))"};
static const struct cs_stmt SITE_SAME = {
    "site_same", "select " SITE_COLUMNS " from sources where bot_id = $1 and url = $2 for update"};

int store_site_same(struct cs_call *call, const char *bot, const char *url, struct site **ret)
{
    cs_pg_begin(call->pg, call->tenant);
    cs_pg_push(call->pg, &SITE_ALONE, CS_S(bot), CS_S(url));
    return site_one(call, cs_pg_query(call->pg, &SITE_SAME, CS_S(bot), CS_S(url)), ret);
}

static const struct cs_stmt SITE_INSERT = {
    "site_insert",
    "insert into sources (tenant_id, id, bot_id, url, depth, max_pages, include, exclude, "
    "refresh_hours, root, host) "
    "select $1, $2, $3, $4, $5, $6, $7, $8, nullif($9::int, 0), $10, $11 "
    "where (select count(*) from sources where bot_id = $3) < $12 returning " SITE_COLUMNS};

static const struct cs_stmt SITE_PAGE = {
    "site_page", "insert into pages (tenant_id, source_id, id, kind, url, depth, run, document_id) "
                 "values ($1, $2, $3, $4, $5, 0, 1, $6)"};

int store_site_insert(struct cs_call *call, const struct site *s, const struct document *d,
                      struct site **ret)
{
    char id[CS_ID_SIZE];
    int r = site_one(call,
                     cs_pg_query(call->pg, &SITE_INSERT, CS_S(call->tenant), CS_S(s->id),
                                 CS_S(s->bot), CS_S(s->url), CS_I(s->depth), CS_I(s->max_pages),
                                 CS_S(cs_pg_array(call->arena, s->include, s->n_include)),
                                 CS_S(cs_pg_array(call->arena, s->exclude, s->n_exclude)),
                                 CS_I(s->refresh_hours), CS_S(s->root), CS_S(s->host),
                                 CS_I(SITES_OF_BOT)),
                     ret);

    if (r)
        return r == STORE_NONE ? STORE_FULL : r;
    cs_id_new(id);
    cs_pg_push(call->pg, &SITE_PAGE, CS_S(call->tenant), CS_S(s->id),
               CS_S(cs_strdup(call->arena, id)), CS_S("robots"),
               CS_S(cs_printf(call->arena, "%s/robots.txt", s->root)), CS_NULL);
    cs_id_new(id);
    cs_pg_push(call->pg, &SITE_PAGE, CS_S(call->tenant), CS_S(s->id),
               CS_S(cs_strdup(call->arena, id)), CS_S("page"), CS_S(s->url), CS_S(d->id));
    return 0;
}

static const struct cs_stmt SITE_GET = {"site_get", "select " SITE_COLUMNS
                                                    " from sources where id = $1 and bot_id = $2"};

int store_site_get(struct cs_call *call, const char *bot, const char *id, struct site **ret)
{
    if (!cs_id_valid(bot) || !cs_id_valid(id))
        return STORE_NONE;
    cs_pg_begin(call->pg, call->tenant);
    return site_one(call, cs_pg_last(call->pg, &SITE_GET, CS_S(id), CS_S(bot)), ret);
}

static const struct cs_stmt SITE_LOCK_ROW = {
    "site_lock_row",
    "select " SITE_COLUMNS " from sources where id = $1 and bot_id = $2 for update"};

int store_site_lock_row(struct cs_call *call, const char *bot, const char *id, struct site **ret)
{
    if (!cs_id_valid(bot) || !cs_id_valid(id))
        return STORE_NONE;
    cs_pg_begin(call->pg, call->tenant);
    return site_one(call, cs_pg_query(call->pg, &SITE_LOCK_ROW, CS_S(id), CS_S(bot)), ret);
}

static const struct cs_stmt SITE_FIND = {"site_find", "select " SITE_COLUMNS
                                                      " from sources where id = $1 for update"};

int store_site_find(struct cs_call *call, const char *id, struct site **ret)
{
    cs_pg_begin(call->pg, call->tenant);
    return site_one(call, cs_pg_query(call->pg, &SITE_FIND, CS_S(id)), ret);
}

static const struct cs_stmt SITE_LIST = {
    "site_list",
    "select " SITE_COLUMNS " from sources where bot_id = $1 and ($2::uuid is null or id < $2) "
    "order by id desc limit $3"};

int store_site_list(struct cs_call *call, const char *bot, const struct cs_page *page,
                    struct site **ret, size_t *ret_n)
{
    cs_pg_begin(call->pg, call->tenant);
    return site_many(call,
                     cs_pg_last(call->pg, &SITE_LIST, CS_S(bot), CS_S(page->id), CS_I(page->n)),
                     ret, ret_n);
}

static const struct cs_stmt SITE_UPDATE = {
    "site_update", "update sources set depth = $2, max_pages = $3, include = $4, exclude = $5, "
                   "refresh_hours = nullif($6::int, 0), "
                   "crawl_at = coalesce(ended_at, now()) + nullif($6::int, 0) * interval '1 hour', "
                   "updated_at = " SITE_NOW "where id = $1 returning " SITE_COLUMNS};

int store_site_update(struct cs_call *call, const struct site *s, struct site **ret)
{
    return site_one(call,
                    cs_pg_query(call->pg, &SITE_UPDATE, CS_S(s->id), CS_I(s->depth),
                                CS_I(s->max_pages),
                                CS_S(cs_pg_array(call->arena, s->include, s->n_include)),
                                CS_S(cs_pg_array(call->arena, s->exclude, s->n_exclude)),
                                CS_I(s->refresh_hours)),
                    ret);
}

static const struct cs_stmt SITE_BEGIN = {
    "site_begin",
    "update sources set status = 'waiting', error = null, limited = false, run = run + 1, root = "
    "$2, host = $3, "
    "rules = null, delay_ms = 0, fetch_at = now(), runner = null, lease_until = null, began_at = "
    "null, ended_at = null, "
    "updated_at = " SITE_NOW
    "where id = $1 and status not in ('waiting', 'crawling') returning " SITE_COLUMNS};

/* what was gone may be found anew; what was deleted on request may not */
static const struct cs_stmt PAGES_DROP = {
    "pages_drop",
    "delete from pages where source_id = $1 and (status = 'gone' or kind = 'sitemap')"};
static const struct cs_stmt PAGES_BEGIN = {
    "pages_begin",
    "update pages set run = $2, status = 'waiting', error = null, attempts = 0, due_at = now(), "
    "url = case when kind = 'robots' then $3 else url end, hops = case when kind = 'robots' then 0 "
    "else hops end "
    "where source_id = $1 and status <> 'removed'"};

int store_site_begin(struct cs_call *call, const struct site *s, struct site **ret)
{
    int r = site_one(
        call, cs_pg_query(call->pg, &SITE_BEGIN, CS_S(s->id), CS_S(s->root), CS_S(s->host)), ret);

    if (r)
        return r;
    cs_pg_push(call->pg, &PAGES_DROP, CS_S(s->id));
    cs_pg_push(call->pg, &PAGES_BEGIN, CS_S(s->id), CS_I((*ret)->run),
               CS_S(cs_printf(call->arena, "%s/robots.txt", s->root)));
    return 0;
}

static const struct cs_stmt SITE_CANCEL = {
    "site_cancel",
    "update sources set status = 'cancelled', error = null, runner = null, lease_until = null, "
    "ended_at = now(), updated_at = " SITE_NOW
    "where id = $1 and status in ('waiting', 'crawling') returning " SITE_COLUMNS};
static const struct cs_stmt SITE_CANCEL_DOCUMENT = {
    "site_cancel_document",
    "update documents set status = 'cancelled', stage = 'cancelled' where source_id = $1 "
    "and uploaded_at is null and status = 'uploaded' returning " COLUMNS};

int store_site_cancel(struct cs_call *call, const char *id, struct site **ret,
                      struct document **ret_document)
{
    int r = site_one(call, cs_pg_query(call->pg, &SITE_CANCEL, CS_S(id)), ret);
    size_t n;

    *ret_document = NULL;
    if (r)
        return r;
    r = row_many(call, cs_pg_query(call->pg, &SITE_CANCEL_DOCUMENT, CS_S(id)), ret_document, &n);
    if (r == 0 && n == 0)
        *ret_document = NULL;
    return r;
}

static const struct cs_stmt SITE_DELETE = {"site_delete", "delete from sources where id = $1"};
static const struct cs_stmt SITES_DELETE = {"sites_delete",
                                            "delete from sources where bot_id = $1"};

int store_site_delete(struct cs_call *call, const char *id)
{
    cs_pg_begin(call->pg, call->tenant);
    return cs_pg_last(call->pg, &SITE_DELETE, CS_S(id)) ? 0 : cs_fail_pg(call);
}

int store_site_delete_all(struct cs_call *call, const char *bot)
{
    cs_pg_begin(call->pg, call->tenant);
    return cs_pg_last(call->pg, &SITES_DELETE, CS_S(bot)) ? 0 : cs_fail_pg(call);
}

/* ---- the crawl ---- */

static const struct cs_stmt SITE_CLAIM = {
    "site_claim", "select " SITE_COLUMNS " from claim_source($1, $2::uuid[], $3::text[])"};

int store_site_claim(struct cs_call *call, char *const *busy, size_t n_busy, char *const *hosts,
                     size_t n_hosts, struct site **ret)
{
    char runner[CS_ID_SIZE];

    cs_id_new(runner);
    cs_pg_begin(call->pg, NULL);
    return site_one(call,
                    cs_pg_last(call->pg, &SITE_CLAIM, CS_S(runner),
                               CS_S(cs_pg_array(call->arena, busy, n_busy)),
                               CS_S(cs_pg_array(call->arena, hosts, n_hosts))),
                    ret);
}

static const struct cs_stmt SITE_REST = {
    "site_rest",
    "with w as (select min(due_at) as due from pages where source_id = $1 and status in "
    "('waiting', 'fetching') and (kind = 'robots' or "
    "(select rules is not null from sources where id = $1))) "
    "update sources set status = case when due is null then 'completed' else status end, "
    "fetch_at = coalesce(due, fetch_at), ended_at = case when due is null then now() end, "
    "crawl_at = case when due is null then now() + refresh_hours * interval '1 hour' else crawl_at "
    "end, "
    "runner = null, lease_until = null, updated_at = " SITE_NOW
    "from w where id = $1 and runner = $2"};

int store_site_rest(struct cs_call *call, const struct site *s)
{
    cs_pg_begin(call->pg, s->tenant);
    return cs_pg_last(call->pg, &SITE_REST, CS_S(s->id), CS_S(s->runner)) ? 0 : cs_fail_pg(call);
}

static const struct cs_stmt SITE_LET_GO = {
    "site_let_go", "update sources set runner = null, lease_until = null, "
                   "fetch_at = now() + $3 * interval '1 millisecond', updated_at = " SITE_NOW
                   "where id = $1 and runner = $2"};

int store_site_release(struct cs_call *call, const struct site *s, int64_t wait_ms)
{
    cs_pg_begin(call->pg, s->tenant);
    return cs_pg_last(call->pg, &SITE_LET_GO, CS_S(s->id), CS_S(s->runner), CS_I(wait_ms))
               ? 0
               : cs_fail_pg(call);
}

void store_site_let_go(struct cs_call *call, const struct site *s, int64_t wait_ms)
{
    cs_pg_push(call->pg, &SITE_LET_GO, CS_S(s->id), CS_S(s->runner), CS_I(wait_ms));
}

static const struct cs_stmt SITE_LOCK = {
    "site_lock", "select " SITE_COLUMNS
                 " from sources where id = $1 and runner = $2 and status = 'crawling' for update"};

int store_site_lock(struct cs_call *call, const struct site *s)
{
    struct site *now;

    cs_pg_begin(call->pg, s->tenant);
    int r = site_one(call, cs_pg_query(call->pg, &SITE_LOCK, CS_S(s->id), CS_S(s->runner)), &now);
    if (r == STORE_NONE)
        cs_pg_rollback(call->pg);
    return r;
}

static const struct cs_stmt SITE_FAIL = {
    "site_fail", "update sources set status = 'failed', error = $3, runner = null, lease_until = "
                 "null, ended_at = now(), "
                 "crawl_at = now() + refresh_hours * interval '1 hour', updated_at = " SITE_NOW
                 "where id = $1 and runner = $2"};

void store_site_fail(struct cs_call *call, const struct site *s, const char *error)
{
    cs_pg_push(call->pg, &SITE_FAIL, CS_S(s->id), CS_S(s->runner), CS_S(error));
}

static const struct cs_stmt SITE_RULES = {
    "site_rules", "update sources set rules = $2, delay_ms = $3 where id = $1"};

void store_site_rules(struct cs_call *call, const struct site *s, const char *rules, int delay_ms)
{
    cs_pg_push(call->pg, &SITE_RULES, CS_S(s->id), CS_S(rules), CS_I(delay_ms));
}

static const struct cs_stmt SITE_MOVE = {
    "site_move",
    "update sources set root = $2, host = $3, rules = null, delay_ms = 0 where id = $1"};
static const struct cs_stmt ROBOTS_AGAIN = {
    "robots_again",
    "update pages set url = $2, hops = 0, status = 'waiting', attempts = 0, due_at = now() "
    "where source_id = $1 and kind = 'robots'"};

static const struct cs_stmt SITEMAPS_DROP = {
    "sitemaps_drop", "delete from pages where source_id = $1 and kind = 'sitemap'"};

void store_site_move(struct cs_call *call, const struct site *s, const char *root, const char *host)
{
    cs_pg_push(call->pg, &SITE_MOVE, CS_S(s->id), CS_S(root), CS_S(host));
    cs_pg_push(call->pg, &SITEMAPS_DROP, CS_S(s->id));
    cs_pg_push(call->pg, &ROBOTS_AGAIN, CS_S(s->id),
               CS_S(cs_printf(call->arena, "%s/robots.txt", root)));
}

static const struct cs_stmt SITES_DUE = {"sites_due", "select tenant_id, id from due_sources($1)"};

enum { SITES_DUE_AT_ONCE = 20 };

int store_sites_due(struct cs_call *call, struct site **ret, size_t *ret_n)
{
    cs_pg_begin(call->pg, NULL);
    PGresult *r = cs_pg_last(call->pg, &SITES_DUE, CS_I(SITES_DUE_AT_ONCE));

    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, struct site, *ret_n + 1);
    for (int i = 0; i < PQntuples(r); i++) {
        (*ret)[i].tenant = cs_strdup(call->arena, cs_pg_text(r, i, 0));
        (*ret)[i].id = cs_strdup(call->arena, cs_pg_text(r, i, 1));
    }
    return 0;
}
