/* Pages of sources, and their documents, in SQL. */
#include "base/id.h"
#include "bus/fail.h"
#include "ingest/fetch/store_site.h"
#include "ingest/fetch/store_site_row.h"
#include "ingest/store_row.h"
#include "nats/wire.h"
#include "pg/pg.h"

static int page_many(struct cs_call *call, const PGresult *r, struct site_page **ret, size_t *ret_n)
{
    if (!r)
        return cs_fail_pg(call);
    *ret_n = (size_t)PQntuples(r);
    *ret = CS_NEW(call->arena, struct site_page, *ret_n + 1);
    for (int i = 0; i < PQntuples(r); i++) {
        struct site_page *p = &(*ret)[i];
        const char **text[] = {&p->id,   &p->kind,     &p->url,    &p->status, &p->error,
                               &p->etag, &p->modified, &p->sha256, &p->title,  &p->document};
        int n = sizeof(text) / sizeof(*text), c = n;
        for (int k = 0; k < n; k++)
            *text[k] = cs_strdup(call->arena, cs_pg_text(r, i, k));
        p->depth = (int)cs_pg_i64(r, i, c++);
        p->hops = (int)cs_pg_i64(r, i, c++);
        p->attempts = (int)cs_pg_i64(r, i, c++);
        p->http_status = (int)cs_pg_i64(r, i, c++);
        p->fetched_ms = cs_pg_i64(r, i, c);
    }
    return 0;
}

static int page_one(struct cs_call *call, const PGresult *r, struct site_page **ret)
{
    size_t n;
    int result = page_many(call, r, ret, &n);

    return result == 0 && n == 0 ? STORE_NONE : result;
}

/* ---- by request ---- */

static const struct cs_stmt SITE_COUNTS = {
    "site_counts",
    "select count(*) filter (where status in ('waiting', 'fetching')), count(*) filter (where "
    "status = 'stored'), "
    "count(*) filter (where status = 'unchanged'), count(*) filter (where status in ('skipped', "
    "'removed')), "
    "count(*) filter (where status = 'failed'), count(*) filter (where status = 'gone'), "
    "(select document_id from pages where source_id = $1 and depth = 0 and document_id is not null "
    "order by hops limit 1) "
    "from pages where source_id = $1 and kind = 'page'"};

int store_site_counts(struct cs_call *call, const char *id, struct site_counts *ret)
{
    cs_pg_begin(call->pg, call->tenant);
    PGresult *r = cs_pg_last(call->pg, &SITE_COUNTS, CS_S(id));
    int *numbers[] = {&ret->waiting, &ret->stored, &ret->unchanged,
                      &ret->skipped, &ret->failed, &ret->gone};

    if (!r)
        return cs_fail_pg(call);
    for (int i = 0; i < 6; i++)
        *numbers[i] = (int)cs_pg_i64(r, 0, i);
    ret->document = cs_strdup(call->arena, cs_pg_text(r, 0, 6));
    return 0;
}

static const struct cs_stmt SITE_PAGES = {
    "site_pages",
    "select " PAGE_COLUMNS " from pages where source_id = $1 and kind = 'page' "
    "and ($2::text is null or status = $2) and ($3::uuid is null or id > $3) order by id limit $4"};

int store_site_pages(struct cs_call *call, const char *id, const char *status,
                     const struct cs_page *page, struct site_page **ret, size_t *ret_n)
{
    cs_pg_begin(call->pg, call->tenant);
    return page_many(
        call,
        cs_pg_last(call->pg, &SITE_PAGES, CS_S(id), CS_S(status), CS_S(page->id), CS_I(page->n)),
        ret, ret_n);
}

/* ---- the crawl ---- */

/* robots.txt, without which nothing else is asked for, then the first page, then sitemaps; the others by depth in the order
 * in which they were found */
static const struct cs_stmt PAGE_NEXT = {
    "page_next", "update pages set status = 'fetching', attempts = attempts + 1 where (tenant_id, "
                 "source_id, id) = ("
                 "select tenant_id, source_id, id from pages where source_id = $1 and status in "
                 "('waiting', 'fetching') and due_at <= now() "
                 "and (kind = 'robots' or (select rules is not null from sources where id = $1)) "
                 "order by kind <> 'robots', depth > 0, kind <> 'sitemap', depth, hops, id limit "
                 "1) returning " PAGE_COLUMNS};

int store_site_next(struct cs_call *call, const struct site *s, struct site_page **ret)
{
    cs_pg_begin(call->pg, s->tenant);
    return page_one(call, cs_pg_last(call->pg, &PAGE_NEXT, CS_S(s->id)), ret);
}

static const struct cs_stmt PAGE_SET = {
    "page_set", "update pages set status = $3, error = $4, http_status = nullif($5::int, 0), etag "
                "= $6, modified = $7, sha256 = $8, "
                "document_id = $9, url = $10, hops = $11, attempts = $12, due_at = now() + $13 * "
                "interval '1 millisecond', "
                "fetched_at = case when $5::int = 0 then fetched_at else now() end, "
                "title = $14 where source_id = $1 and id = $2 and status <> 'removed'"};

void store_page_set(struct cs_call *call, const struct site *s, const struct site_page *p,
                    int64_t wait_ms)
{
    cs_pg_push(call->pg, &PAGE_SET, CS_S(s->id), CS_S(p->id), CS_S(p->status), CS_S(p->error),
               CS_I(p->http_status), CS_S(p->etag), CS_S(p->modified), CS_S(p->sha256),
               CS_S(p->document), CS_S(p->url), CS_I(p->hops), CS_I(p->attempts), CS_I(wait_ms),
               CS_S(p->title));
}

/* Sitemaps are no pages and have a limit of their own. */
static const struct cs_stmt PAGES_ADD = {
    "pages_add",
    "with new as (select u.id, u.url, u.n from unnest($3::uuid[], $4::text[]) with ordinality as u "
    "(id, url, n) "
    "where not exists (select from pages p where p.source_id = $2 and p.kind = $5 and p.url = "
    "u.url)), "
    "room as (select greatest(0, case when $5 = 'page' then s.max_pages else 50 end - (select "
    "count(*) from pages p "
    "where p.source_id = $2 and p.kind = $5 and p.status <> 'gone')) as n from sources s where "
    "s.id = $2), "
    "added as (insert into pages (tenant_id, source_id, id, kind, url, depth, hops, run) "
    "select $1, $2, new.id, $5, new.url, $6, $7, (select run from sources where id = $2) from new "
    "order by new.n limit (select n from room) on conflict do nothing) "
    "update sources set limited = limited or (select count(*) from new) > (select n from room) "
    "where id = $2"};

void store_pages_add(struct cs_call *call, const struct site *s, const char *kind, int depth,
                     int hops, char *const *urls, size_t n)
{
    char **ids = CS_NEW(call->arena, char *, n + 1);

    for (size_t i = 0; i < n; i++) {
        ids[i] = cs_alloc(call->arena, CS_ID_SIZE);
        cs_id_new(ids[i]);
    }
    if (n)
        cs_pg_push(call->pg, &PAGES_ADD, CS_S(s->tenant), CS_S(s->id),
                   CS_S(cs_pg_array(call->arena, ids, n)), CS_S(cs_pg_array(call->arena, urls, n)),
                   CS_S(kind), CS_I(depth), CS_I(hops));
}

static const struct cs_stmt PAGE_FIND = {
    "page_find",
    "select " PAGE_COLUMNS " from pages where source_id = $1 and kind = 'page' and url = $2"};

int store_page_find(struct cs_call *call, const struct site *s, const char *url,
                    struct site_page **ret)
{
    return page_one(call, cs_pg_query(call->pg, &PAGE_FIND, CS_S(s->id), CS_S(url)), ret);
}

static const struct cs_stmt PAGE_TWIN = {
    "page_twin",
    "select url from pages where source_id = $1 and kind = 'page' and sha256 = $2 and id <> $3 "
    "and document_id is not null order by id limit 1"};

int store_page_twin(struct cs_call *call, const struct site *s, const struct site_page *p,
                    const char **ret_url)
{
    const PGresult *r =
        cs_pg_query(call->pg, &PAGE_TWIN, CS_S(s->id), CS_S(p->sha256), CS_S(p->id));

    if (!r)
        return cs_fail_pg(call);
    *ret_url = PQntuples(r) ? cs_strdup(call->arena, cs_pg_text(r, 0, 0)) : NULL;
    return 0;
}

/* ---- documents of pages ---- */

static const struct cs_stmt SITE_FIRST = {
    "site_first",
    "select document_id from pages where source_id = $1 and depth = 0 and document_id is not null "
    "order by hops limit 1"};

int store_site_first(struct cs_call *call, const struct site *s, const char **ret_document)
{
    const PGresult *r = cs_pg_query(call->pg, &SITE_FIRST, CS_S(s->id));

    if (!r)
        return cs_fail_pg(call);
    *ret_document = PQntuples(r) ? cs_strdup(call->arena, cs_pg_text(r, 0, 0)) : NULL;
    return 0;
}

static const struct cs_stmt SITE_WAITING = {
    "site_waiting",
    "select id from documents where source_id = $1 and bot_id = $2 and uploaded_at is null "
    "and status = 'uploaded' order by id limit 1"};

int store_site_waiting(struct cs_call *call, const struct site *s, const char **ret_document)
{
    const PGresult *r = cs_pg_query(call->pg, &SITE_WAITING, CS_S(s->id), CS_S(s->bot));

    if (!r)
        return cs_fail_pg(call);
    *ret_document = PQntuples(r) ? cs_strdup(call->arena, cs_pg_text(r, 0, 0)) : NULL;
    return 0;
}

static const struct cs_stmt SITE_ERASE = {"site_erase", DOCUMENTS_GONE("source_id = $2")};

int store_site_erase(struct cs_call *call, const char *bot, const char *id, char ***ret_ids,
                     size_t *ret_n)
{
    return store_erase_by(call, &SITE_ERASE, bot, id, ret_ids, ret_n);
}

static const struct cs_stmt PAGE_DOCUMENT = {
    "page_document",
    "insert into documents (tenant_id, id, bot_id, name, mime, bytes, stage, url, source_id) "
    "values ($1, $2, $3, $4, $5, 0, 'fetching', $6, $7)"};

int store_page_document(struct cs_call *call, const struct document *d, struct quota *quota)
{
    cs_pg_push(call->pg, &PAGE_DOCUMENT, CS_S(d->tenant), CS_S(d->id), CS_S(d->bot), CS_S(d->name),
               CS_S(d->mime), CS_S(d->url), CS_S(d->source));
    return store_held(call, quota, 0);
}

static const struct cs_stmt PARTS_CLEAR = {"parts_clear",
                                           "delete from parts where document_id = $1"};
static const struct cs_stmt PART_ADD = {
    "part_add", "insert into parts (tenant_id, document_id, part, data) values ($1, $2, $3, $4)"};

/* Its runner, if it has one, has lost it; the lease stays until that one has noticed. */
static const struct cs_stmt PAGE_FILL = {
    "page_fill",
    "update documents set name = case when $7::text is null or name = $7 then $2 else name end, "
    "details_version = details_version + 1, mime = $3, bytes = $4, sha256 = $5, url = "
    "$6, " CONTENT_ANEW " where id = $1 and status <> 'cancelled' returning " COLUMNS};

int store_page_fill(struct cs_call *call, const struct document *d, const char *title,
                    const char *data, struct quota *quota, struct document **ret)
{
    size_t n, len = (size_t)d->bytes;
    int r = row_many(call,
                     cs_pg_query(call->pg, &PAGE_FILL, CS_S(d->id), CS_S(d->name), CS_S(d->mime),
                                 CS_I(d->bytes), CS_S(d->sha256), CS_S(d->url), CS_S(title)),
                     ret, &n);

    if (r || n == 0)
        return r ? r : STORE_NONE;
    cs_pg_push(call->pg, &PARTS_CLEAR, CS_S(d->id));
    for (size_t at = 0, part = 0; at < len; at += CS_MAX_PART, part++)
        cs_pg_push(call->pg, &PART_ADD, CS_S(d->tenant), CS_S(d->id), CS_I((int64_t)part),
                   CS_B(data + at, len - at < CS_MAX_PART ? len - at : CS_MAX_PART));
    return store_held(call, quota, 0);
}

static const struct cs_stmt PAGE_DOCUMENT_AGAIN = {
    "page_document_again",
    "update documents set status = 'uploaded', stage = 'fetching', error = null "
    "where id = $1 and uploaded_at is null and status in ('failed', 'cancelled') "
    "returning " COLUMNS};

int store_page_document_again(struct cs_call *call, const char *id, struct document **ret)
{
    size_t n;
    int r = row_many(call, cs_pg_query(call->pg, &PAGE_DOCUMENT_AGAIN, CS_S(id)), ret, &n);

    return r == 0 && n == 0 ? STORE_NONE : r;
}

static const struct cs_stmt PAGE_DOCUMENT_FAIL = {
    "page_document_fail",
    "update documents set status = 'failed', stage = 'failed', error = $2, runner = null, "
    "lease_until = null where id = $1 and uploaded_at is null and status = 'uploaded' "
    "returning " COLUMNS};

int store_page_document_fail(struct cs_call *call, const char *id, const char *error,
                             struct document **ret)
{
    size_t n;
    int r =
        row_many(call, cs_pg_query(call->pg, &PAGE_DOCUMENT_FAIL, CS_S(id), CS_S(error)), ret, &n);

    return r == 0 && n == 0 ? STORE_NONE : r;
}
