-- First in every service's schema: what is to be told to others, and what was answered already.

create table outbox (
    seq bigserial not null unique,
    id uuid primary key,
    tenant_id uuid not null,
    subject text not null,
    headers jsonb not null,
    payload bytea not null,
    created_at timestamptz not null default now()
);
select chatsphere.tenant_table('outbox');

-- the relay: the oldest rows of all tenants
create function outbox_peek(n int) returns setof outbox language sql stable as $$
    select * from outbox order by seq limit n
$$;
select chatsphere.definer('outbox_peek(int)');

-- the relay: these are in the stream
create function outbox_done(ids uuid[]) returns void language sql as $$
    delete from outbox where id = any(ids)
$$;
select chatsphere.definer('outbox_done(uuid[])');

create table idempotency (
    tenant_id uuid not null,
    principal text not null,
    route text not null,
    key text not null,
    body_hash text not null,
    status int not null,
    result bytea not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, principal, route, key)
);
create index idempotency_age on idempotency (created_at);
select chatsphere.tenant_table('idempotency');

-- the janitor: answers older than a day are forgotten; how many they were
create function idempotency_expire() returns bigint language sql as $$
    with gone as (delete from idempotency where created_at < now() - interval '24 hours' returning 1)
    select count(*) from gone
$$;
select chatsphere.definer('idempotency_expire()');
