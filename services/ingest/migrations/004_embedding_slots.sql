-- A document whose vectors are made waits for somebody else's server. A process has few workers, so it does
-- that for one document of a workspace, and with half of its workers at most: it names the workspaces whose
-- embedding it does already, and whether it has room for another one. The function without these stays for
-- the programs of before.

create function embeddable(d documents) returns boolean language sql immutable as $$
    select d.status = 'embedding' and d.stage <> 'committing'
$$;

-- As before, but a document at its vectors only if there is room, and of none of the busy workspaces.
create function claim_document(ticket uuid, new_runner uuid, room boolean, busy uuid[])
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
        where w.tenant_id is not null order by s.served_at nulls first, w.tenant_id
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

-- The next document to embed, of the workspace that waited longest and is not busy: it gets a ticket when a
-- worker has ended, because its own may have come while all were busy. Another ticket from reconciling does
-- no harm, so ticket_at stays: a process that dies in between delays nothing.
create function next_embedding(busy uuid[]) returns setof documents language sql stable as $$
    select d.* from documents d left join served s using (tenant_id)
    where d.uploaded_at is not null and claimable(d) and embeddable(d) and not d.tenant_id = any(busy)
    order by s.served_at nulls first, d.uploaded_at limit 1
$$;
select chatsphere.definer('next_embedding(uuid[])');

-- How many chunks the next request for vectors has: as many as the model managed before.
alter table documents add column embed_count int not null default 32;
