-- The documents of a suspended workspace wait: none of them is claimed, gets a ticket or uses up an attempt until
-- the workspace is active again.
alter table served add column paused_at timestamptz; -- null: the workspace is served
create index served_paused on served (paused_at) where paused_at is not null;

-- As before, but of no workspace that is paused.
create or replace function claim_document(ticket uuid, new_runner uuid, room boolean, busy uuid[])
returns setof documents language plpgsql as $$
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
        where w.tenant_id is not null and s.paused_at is null order by s.served_at nulls first, w.tenant_id
    loop
        select d.* into doc from documents d where d.tenant_id = t and claimable(d)
            and (not embeddable(d) or (room and not t = any(busy)))
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
select chatsphere.definer('claim_document(uuid, uuid, boolean, uuid[])');

create or replace function next_embedding(busy uuid[]) returns setof documents language sql stable as $$
    select d.* from documents d left join served s using (tenant_id)
    where d.uploaded_at is not null and claimable(d) and embeddable(d) and not d.tenant_id = any(busy)
      and s.paused_at is null
    order by s.served_at nulls first, d.uploaded_at limit 1
$$;
select chatsphere.definer('next_embedding(uuid[])');

create or replace function due(n int) returns table (what text, tenant_id uuid, bot_id uuid, id uuid, version bigint)
language plpgsql as $$
begin
    return query with d as (
        select c.tenant_id, c.id from documents c
        where claimable(c) and (c.ticket_at is null or c.ticket_at < now() - interval '10 minutes'
            or c.ticket_at < greatest(c.retry_at, c.lease_until))
            and not exists (select from served s where s.tenant_id = c.tenant_id and s.paused_at is not null)
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

-- Workspaces that are paused, those first that were asked about longest ago.
create function paused(n int) returns table (tenant_id uuid) language sql volatile as $$
    update served s set paused_at = now() from (
        select p.tenant_id from served p where p.paused_at is not null order by p.paused_at limit n
        for update skip locked
    ) asked where s.tenant_id = asked.tenant_id returning s.tenant_id
$$;
select chatsphere.definer('paused(int)');
