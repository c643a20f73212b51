-- Sources: web pages and sites that are crawled, whose pages are documents. The rows are the truth: a crawl goes on from them
-- wherever its process ended.

alter table documents add column url text;       -- of the page; null: it was uploaded
alter table documents add column source_id uuid; -- of the page; null: it was uploaded

create table sources (
    tenant_id uuid not null,
    id uuid not null,
    bot_id uuid not null,
    url text not null check (octet_length(url) <= 2000),
    depth int not null,
    max_pages int not null,
    include text[] not null default '{}',
    exclude text[] not null default '{}',
    refresh_hours int,                             -- null: on request only
    status text not null default 'waiting' check (status in ('waiting', 'crawling', 'completed', 'failed', 'cancelled')),
    error text,
    limited boolean not null default false,        -- pages were left out
    run bigint not null default 1,                 -- number of the latest crawl
    root text not null,                            -- scheme, host and port that are crawled: of the URL, or of what it redirects to
    host text not null,                            -- of root
    rules text,                                    -- of robots.txt; null: not known yet in this crawl
    delay_ms int not null default 0,               -- of robots.txt
    fetch_at timestamptz not null default now(),   -- the next page, not before
    crawl_at timestamptz,                          -- the next crawl; null: none is due
    runner uuid,                                   -- of the process that crawls
    lease_until timestamptz,
    began_at timestamptz,
    ended_at timestamptz,
    created_at timestamptz not null default date_trunc('milliseconds', now()),
    updated_at timestamptz not null default date_trunc('milliseconds', now()),
    primary key (tenant_id, id),
    check (status <> 'failed' or error is not null)
);
create unique index sources_of_bot on sources (bot_id, tenant_id, url);
create index sources_due on sources (fetch_at) where status in ('waiting', 'crawling');
create index sources_scheduled on sources (crawl_at) where crawl_at is not null and status not in ('waiting', 'crawling');
select chatsphere.tenant_table('sources');

-- What a crawl has found: pages, and beside them robots.txt and sitemaps, which are fetched in the same way.
create table pages (
    tenant_id uuid not null,
    source_id uuid not null,
    id uuid not null,
    kind text not null check (kind in ('robots', 'sitemap', 'page')),
    url text not null check (octet_length(url) <= 2000),
    depth int not null,
    hops int not null default 0,                   -- redirects that led here
    run bigint not null,                           -- the latest crawl
    status text not null default 'waiting' check (status in
        ('waiting', 'fetching', 'stored', 'unchanged', 'skipped', 'failed', 'gone', 'removed')),
    error text,
    http_status int,
    etag text,                                     -- of the content that the document has
    modified text,
    sha256 text,
    title text,                                    -- the name that the document got; another one was given by its owner
    document_id uuid,
    attempts int not null default 0,
    due_at timestamptz not null default now(),
    fetched_at timestamptz,
    primary key (tenant_id, source_id, id),
    foreign key (tenant_id, source_id) references sources on delete cascade
);
create unique index pages_by_url on pages (url, source_id, tenant_id, kind);
create unique index pages_of_documents on pages (tenant_id, document_id) where document_id is not null;
create index pages_due on pages (source_id, tenant_id, due_at) where status in ('waiting', 'fetching');
select chatsphere.tenant_table('pages');

-- A document that is deleted on request does not come back with the next crawl. A single page goes altogether. What the
-- crawl deletes by itself is no longer a page's document at that moment.
create function page_removed() returns trigger language plpgsql as $$
begin
    delete from ingest.sources s using changed c, ingest.pages p
        where s.tenant_id = c.tenant_id and s.id = c.source_id and s.depth = 0
          and p.tenant_id = c.tenant_id and p.source_id = c.source_id and p.document_id = c.id;
    update ingest.pages p set document_id = null, status = 'removed', error = null from changed c
        where p.tenant_id = c.tenant_id and p.source_id = c.source_id and p.document_id = c.id;
    return null;
end $$;
create trigger page_removed after delete on documents
    referencing old table as changed for each statement execute function page_removed();

-- The source that waited longest for its next page, of no busy workspace or host. One process crawls it until it lets go of
-- it, or for as long as a request may take.
create function claim_source(new_runner uuid, busy uuid[], hosts text[]) returns setof sources language plpgsql as $$
declare
    s sources;
begin
    select x.* into s from sources x
        where x.status in ('waiting', 'crawling') and x.fetch_at <= now()
          and (x.lease_until is null or x.lease_until < now())
          and not x.tenant_id = any(busy) and not x.host = any(hosts)
          and not exists (select from served v where v.tenant_id = x.tenant_id and v.paused_at is not null)
        order by x.fetch_at limit 1 for update skip locked;
    if s.id is null then
        return;
    end if;
    return query update sources x set status = 'crawling', runner = new_runner,
            lease_until = now() + interval '60 seconds', began_at = coalesce(x.began_at, now())
        where x.tenant_id = s.tenant_id and x.id = s.id returning x.*;
end $$;
select chatsphere.definer('claim_source(uuid, uuid[], text[])');

-- Sources whose next crawl is due by their schedule.
create function due_sources(n int) returns table (tenant_id uuid, id uuid) language sql stable as $$
    select x.tenant_id, x.id from sources x
    where x.crawl_at <= now() and x.status not in ('waiting', 'crawling') order by x.crawl_at limit n
$$;
select chatsphere.definer('due_sources(int)');

-- As before, and the bots of sources.
create or replace function bots_held(after_tenant uuid, after_bot uuid, n int) returns table (tenant_id uuid, bot_id uuid)
language sql stable as $$
    with recursive b as (
        (select x.tenant_id, x.bot_id from documents x where (x.tenant_id, x.bot_id) > (after_tenant, after_bot)
            order by x.tenant_id, x.bot_id limit 1)
        union all
        select y.tenant_id, y.bot_id from b cross join lateral (
            select x.tenant_id, x.bot_id from documents x where (x.tenant_id, x.bot_id) > (b.tenant_id, b.bot_id)
            order by x.tenant_id, x.bot_id limit 1) y
    ), s as (
        (select x.tenant_id, x.bot_id from sources x where (x.tenant_id, x.bot_id) > (after_tenant, after_bot)
            order by x.tenant_id, x.bot_id limit 1)
        union all
        select y.tenant_id, y.bot_id from s cross join lateral (
            select x.tenant_id, x.bot_id from sources x where (x.tenant_id, x.bot_id) > (s.tenant_id, s.bot_id)
            order by x.tenant_id, x.bot_id limit 1) y
    )
    (select * from b limit n) union (select * from s limit n) order by 1, 2 limit n
$$;
select chatsphere.definer('bots_held(uuid, uuid, int)');
