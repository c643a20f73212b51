-- Documents from upload to ready. The row is the truth; a ticket only says that there is work.

create table documents (
    tenant_id uuid not null,
    id uuid not null,
    bot_id uuid not null,
    name text not null,
    mime text not null,
    bytes bigint not null check (bytes between 0 and 33554432),
    sha256 text not null default '',
    status text not null default 'uploaded' check (status in
        ('uploaded', 'extracting', 'chunking', 'embedding', 'ready', 'failed', 'cancelled')),
    stage text not null default 'uploading', -- finer than status; 'committing' can no longer be cancelled
    done int not null default 0,
    total int not null default 0,
    chunks int not null default 0,
    attempts int not null default 0,
    error text,                              -- of the last try, also while another one is due
    version bigint not null default 0,       -- of the content; grows with each try that starts anew
    space text,                              -- of the vectors made so far in this version
    revision bigint not null default 1,      -- grows with each change one can see
    uploaded_at timestamptz,                 -- null: bytes are coming
    retry_at timestamptz not null default now(),
    ticket_at timestamptz,                   -- when the last ticket was written
    runner uuid,                             -- of this claim
    lease_until timestamptz,
    created_at timestamptz not null default date_trunc('milliseconds', now()),
    updated_at timestamptz not null default date_trunc('milliseconds', now()),
    primary key (tenant_id, id),
    check (status <> 'failed' or error is not null),
    check (status in ('uploaded', 'failed', 'cancelled') or uploaded_at is not null)
);
create index documents_of_bot on documents (tenant_id, bot_id, id);
create index documents_work on documents (tenant_id, uploaded_at)
    where uploaded_at is not null and status in ('uploaded', 'extracting', 'chunking', 'embedding');
create index documents_uploading on documents (tenant_id, created_at)
    where uploaded_at is null and status = 'uploaded';
select chatsphere.tenant_table('documents');

create function document_changed() returns trigger language plpgsql as $$
begin
    new.revision := old.revision + 1;
    new.updated_at := date_trunc('milliseconds', now());
    return new;
end $$;
create trigger document_changed before update of status, stage, done, total, chunks, attempts, error
    on documents for each row execute function document_changed();

create table parts (
    tenant_id uuid not null,
    document_id uuid not null,
    part int not null check (part between 0 and 69),
    data bytea not null check (octet_length(data) <= 491520),
    primary key (tenant_id, document_id, part),
    foreign key (tenant_id, document_id) references documents on delete cascade
);
alter table parts alter data set storage external;
select chatsphere.tenant_table('parts');

-- What retrieve has still to forget. A runner may work on the document until its lease ends.
create table erasures (
    tenant_id uuid not null,
    document_id uuid not null,
    bot_id uuid not null,
    not_before timestamptz not null,
    ticket_at timestamptz not null default now(),
    primary key (tenant_id, document_id)
);
select chatsphere.tenant_table('erasures');

-- When a tenant's document was last claimed.
create table served (
    tenant_id uuid primary key,
    served_at timestamptz not null
);
select chatsphere.tenant_table('served');

create function claimable(d documents) returns boolean language sql stable as $$
    select d.uploaded_at is not null and d.status in ('uploaded', 'extracting', 'chunking', 'embedding')
        and d.retry_at <= now() and (d.lease_until is null or d.lease_until < now()) and d.attempts < 5
$$;

-- The next document to work on: of the tenant who waited longest, the one of the ticket if it is
-- theirs, else their oldest. What had got as far as its vectors goes on there, all else starts anew.
create function claim_document(ticket uuid, new_runner uuid) returns setof documents language plpgsql as $$
declare
    t uuid;
    doc documents;
begin
    for t in
        with recursive waiting as (
            (select d.tenant_id from documents d where claimable(d) order by d.tenant_id limit 1)
            union all
            select (select d.tenant_id from documents d where claimable(d) and d.tenant_id > w.tenant_id
                    order by d.tenant_id limit 1)
            from waiting w where w.tenant_id is not null
        )
        select w.tenant_id from waiting w left join served s using (tenant_id)
        where w.tenant_id is not null order by s.served_at nulls first, w.tenant_id
    loop
        select d.* into doc from documents d where d.tenant_id = t and claimable(d)
            order by d.id <> ticket, d.uploaded_at limit 1 for update skip locked;
        continue when not found;
        insert into served (tenant_id, served_at) values (t, clock_timestamp())
            on conflict (tenant_id) do update set served_at = excluded.served_at;
        if doc.status <> 'embedding' and doc.stage <> 'committing' then
            doc.status := 'extracting';
            doc.stage := 'extracting';
            doc.version := doc.version + 1;
            doc.done := 0;
            doc.total := 0;
            doc.space := null;
        end if;
        return query update documents d set status = doc.status, stage = doc.stage, version = doc.version,
                done = doc.done, total = doc.total, space = doc.space, attempts = d.attempts + 1,
                runner = new_runner, lease_until = now() + interval '60 seconds'
            where d.tenant_id = t and d.id = doc.id returning d.*;
        return;
    end loop;
end $$;
select chatsphere.definer('claim_document(uuid, uuid)');

-- What reconciling has to do, at most n of each: 'work' waits without a ticket, 'dead' was tried too
-- often, 'stale' was never uploaded to the end, 'erase' is not erased yet.
create function due(n int) returns table (what text, tenant_id uuid, bot_id uuid, id uuid, version bigint)
language plpgsql as $$
begin
    return query with d as (
        select c.tenant_id, c.id from documents c
        where claimable(c) and (c.ticket_at is null or c.ticket_at < now() - interval '60 seconds'
            or c.ticket_at < greatest(c.retry_at, c.lease_until))
        limit n for update skip locked
    )
    update documents c set ticket_at = now() from d where c.tenant_id = d.tenant_id and c.id = d.id
    returning 'work', c.tenant_id, c.bot_id, c.id, c.version;

    return query select 'dead', c.tenant_id, c.bot_id, c.id, c.version from documents c
        where c.uploaded_at is not null and c.status in ('uploaded', 'extracting', 'chunking', 'embedding')
            and c.attempts >= 5 and (c.lease_until is null or c.lease_until < now()) limit n;

    return query select 'stale', c.tenant_id, c.bot_id, c.id, c.version from documents c
        where c.uploaded_at is null and c.status = 'uploaded' and c.created_at < now() - interval '24 hours'
        limit n;

    return query with e as (
        select x.tenant_id, x.document_id from erasures x
        where x.not_before < now() and x.ticket_at < now() - interval '30 seconds'
        limit n for update skip locked
    )
    update erasures x set ticket_at = now() from e
    where x.tenant_id = e.tenant_id and x.document_id = e.document_id
    returning 'erase', x.tenant_id, x.bot_id, x.document_id, 0::bigint;
end $$;
select chatsphere.definer('due(int)');

-- The documents that are being watched, of any tenant.
create function watched(tenants uuid[], ids uuid[]) returns setof documents language sql stable as $$
    select d.* from unnest(tenants, ids) as w (tenant_id, id) join documents d using (tenant_id, id)
$$;
select chatsphere.definer('watched(uuid[], uuid[])');
