-- An upload looks for the document of its bot that has the same bytes under the same name.
create index documents_same on documents (tenant_id, bot_id, sha256) where sha256 <> '';

-- As before, but a row that is locked at this moment, by an upload of the same bytes or by a part that comes late, is
-- waited for when nothing else is there to be claimed: the ticket is spent, and the next one may be minutes away.
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
        exit when found;
    end loop;
    if doc.id is null then
        select d.* into doc from documents d where claimable(d)
            and (not embeddable(d) or (room and not d.tenant_id = any(busy)))
            and not exists (select from served s where s.tenant_id = d.tenant_id and s.paused_at is not null)
            order by d.id <> ticket, d.uploaded_at limit 1 for update;
    end if;
    if doc.id is null then
        return;
    end if;
    t := doc.tenant_id;
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
end $$;
select chatsphere.definer('claim_document(uuid, uuid, boolean, uuid[])');
