-- No event is larger than a message may be. Not for rows that are there: they are to be published.
alter table outbox add constraint outbox_size check (octet_length(payload) <= 524288) not valid;

-- What the broker would not take for its size, out of the way of what comes after it, until an
-- operator has looked at it.
create table outbox_refused (
    id uuid primary key,
    tenant_id uuid not null,
    subject text not null,
    headers json not null,
    payload bytea not null,
    created_at timestamptz not null,
    refused_at timestamptz not null default now()
);
select chatsphere.tenant_table('outbox_refused');

create function outbox_refuse(ids uuid[]) returns void language sql as $$
    with gone as (delete from outbox where id = any(ids) returning *)
    insert into outbox_refused (id, tenant_id, subject, headers, payload, created_at)
    select id, tenant_id, subject, headers, payload, created_at from gone
    on conflict do nothing
$$;
select chatsphere.definer('outbox_refuse(uuid[])');
