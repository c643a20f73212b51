-- What a workspace holds, counted by triggers in the transaction that adds or erases it: so the number
-- cannot drift, and two uploads at the same moment wait for each other at this row. Bytes are those
-- of the parts that are stored, also of an upload that goes on.
create table held (
    tenant_id uuid primary key,
    documents bigint not null default 0,
    bytes bigint not null default 0
);
select chatsphere.tenant_table('held');

create function documents_held() returns trigger language plpgsql as $$
begin
    insert into ingest.held as h (tenant_id, documents)
    select tenant_id, case tg_op when 'INSERT' then count(*) else -count(*) end from changed group by 1 order by 1
    on conflict (tenant_id) do update set documents = h.documents + excluded.documents;
    return null;
end $$;
create trigger documents_added after insert on documents
    referencing new table as changed for each statement execute function documents_held();
create trigger documents_erased after delete on documents
    referencing old table as changed for each statement execute function documents_held();

create function parts_held() returns trigger language plpgsql as $$
begin
    insert into ingest.held as h (tenant_id, bytes)
    select tenant_id, sum(octet_length(data)) * case tg_op when 'INSERT' then 1 else -1 end
    from changed group by 1 order by 1
    on conflict (tenant_id) do update set bytes = h.bytes + excluded.bytes;
    return null;
end $$;
create trigger parts_added after insert on parts
    referencing new table as changed for each statement execute function parts_held();
create trigger parts_erased after delete on parts
    referencing old table as changed for each statement execute function parts_held();

create function parts_replaced() returns trigger language plpgsql as $$
begin
    insert into ingest.held as h (tenant_id, bytes)
    select tenant_id, sum(n) from (
        select tenant_id, octet_length(data)::bigint as n from changed
        union all select tenant_id, -octet_length(data)::bigint from before) x
    group by 1 order by 1
    on conflict (tenant_id) do update set bytes = h.bytes + excluded.bytes;
    return null;
end $$;
create trigger parts_replaced after update on parts
    referencing old table as before new table as changed for each statement execute function parts_replaced();

set local role chatsphere_definer;
insert into ingest.held (tenant_id, documents, bytes)
select d.tenant_id, count(*), coalesce((select sum(octet_length(p.data)) from ingest.parts p where p.tenant_id = d.tenant_id), 0)
from ingest.documents d group by 1;
reset role;
