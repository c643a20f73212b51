-- configuration and widget hold only what was set; defaults are filled in when a bot is read.

create table bots (
    tenant_id uuid not null,
    id uuid not null unique,
    name text not null,
    description text,
    configuration jsonb not null,
    widget jsonb not null,
    allowed_origins text[] not null,
    is_public boolean not null,
    version bigint not null,
    created_at timestamptz(3) not null,
    updated_at timestamptz(3) not null,
    primary key (tenant_id, id)
);
create index bots_newest on bots (tenant_id, created_at desc, id desc);
select chatsphere.tenant_table('bots');

-- box: the key, sealed for this tenant, bot and provider
create table provider_keys (
    tenant_id uuid not null,
    bot_id uuid not null,
    provider text not null,
    box bytea not null,
    last4 text not null,
    base_url text,
    updated_at timestamptz(3) not null,
    primary key (tenant_id, bot_id, provider),
    foreign key (tenant_id, bot_id) references bots (tenant_id, id) on delete cascade
);
select chatsphere.tenant_table('provider_keys');

-- A bot that anyone may chat with, asked before a tenant is known.
create function public_bot(a_bot uuid) returns setof bot_store.bots
language sql stable as $$
    select * from bot_store.bots where id = a_bot and is_public
$$;
select chatsphere.definer('public_bot(uuid)');
