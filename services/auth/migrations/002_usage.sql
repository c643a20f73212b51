-- Which messages were counted into usage: an event may come twice, and a stream keeps it for 7 days.

create table counted_messages (
    tenant_id uuid not null references workspaces (tenant_id) on delete cascade,
    id uuid not null,
    counted_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
create index counted_messages_age on counted_messages (counted_at);
select chatsphere.tenant_table('counted_messages');

-- What is too old to come again.
create function counted_messages_purge() returns void
language sql volatile as $$
    delete from auth.counted_messages where counted_at < now() - interval '8 days'
$$;
select chatsphere.definer('counted_messages_purge()');
