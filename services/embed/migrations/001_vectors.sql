-- Vectors of passages by what they were made of: the same text again costs no request. The key is a digest of model,
-- address, size and text, so a row says nothing of the text itself; and of a workspace, so that nobody learns from the
-- time of an answer what others have stored.
create table vectors (
    tenant_id uuid not null,
    key bytea not null check (octet_length(key) = 32),
    data bytea not null check (octet_length(data) between 2 and 8192),
    used_on date not null default current_date,
    primary key (tenant_id, key)
);
-- halves do not compress
alter table vectors alter column data set storage external;
create index vectors_used on vectors (tenant_id, used_on);
select chatsphere.tenant_table('vectors');

-- Bytes that a workspace's vectors take, counted by triggers, so that the number cannot drift.
create table held (
    tenant_id uuid primary key,
    bytes bigint not null default 0
);
select chatsphere.tenant_table('held');

create function vectors_held() returns trigger language plpgsql as $$
begin
    insert into embed.held as h (tenant_id, bytes)
    select tenant_id, sum(octet_length(data)) * case tg_op when 'INSERT' then 1 else -1 end
    from changed group by 1 order by 1
    on conflict (tenant_id) do update set bytes = h.bytes + excluded.bytes;
    return null;
end $$;
create trigger vectors_added after insert on vectors
    referencing new table as changed for each statement execute function vectors_held();
create trigger vectors_dropped after delete on vectors
    referencing old table as changed for each statement execute function vectors_held();

-- Deletes at most n vectors, of any workspace, that were not used for so many days. Their number.
create function expire(days int, n int) returns bigint language sql as $$
    with old as (
        select tenant_id, key from vectors where used_on < current_date - days
        order by tenant_id, key limit n for update skip locked
    ), gone as (
        delete from vectors v using old where v.tenant_id = old.tenant_id and v.key = old.key returning 1
    )
    select count(*) from gone
$$;
select chatsphere.definer('expire(int, int)');
