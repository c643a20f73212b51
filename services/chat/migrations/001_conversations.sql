-- A conversation belongs to one principal: user:<id>, key:<id> or, in public chat, visitor:<its own id>.

create table conversations (
    tenant_id uuid not null,
    id uuid not null,
    bot_id uuid not null,
    owner text not null,
    title text,
    status text not null default 'active' check (status in ('active', 'ended')),
    metadata jsonb,
    message_count int not null default 0,
    version bigint not null default 1,
    created_at timestamptz(3) not null,
    updated_at timestamptz(3) not null,
    primary key (tenant_id, id)
);
create index conversations_newest on conversations (tenant_id, owner, created_at desc, id desc);
create index conversations_bot on conversations (tenant_id, bot_id);
select chatsphere.tenant_table('conversations');

create table messages (
    tenant_id uuid not null,
    id uuid not null,
    conversation_id uuid not null,
    ord int not null, -- from 1, without a gap within the conversation
    role text not null check (role in ('user', 'assistant')),
    content text not null,
    status text not null check (status in ('pending', 'completed', 'failed', 'interrupted', 'cancelled')),
    sources jsonb not null default '[]',
    usage jsonb,
    error text,
    turn_id uuid not null,
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    unique (tenant_id, conversation_id, ord),
    foreign key (tenant_id, conversation_id) references conversations on delete cascade
);
select chatsphere.tenant_table('messages');

-- A turn is one answer being made. Its runner keeps the lease; when the runner dies the lease
-- lapses and another process ends the turn.
create table turns (
    tenant_id uuid not null,
    id uuid not null,
    conversation_id uuid not null,
    bot_id uuid not null,
    message_id uuid not null, -- the assistant's
    owner text not null,
    runner uuid not null, -- the process that answers
    lease_until timestamptz not null,
    frames text, -- subject of the frames; null when a whole answer was wanted
    last_seq int not null default 0, -- of the end frame
    cancel boolean not null default false, -- asked for
    status text not null default 'running' check (status in ('running', 'done')),
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, conversation_id) references conversations on delete cascade
);
create unique index turns_one_running on turns (tenant_id, conversation_id) where status = 'running';
create index turns_conversation on turns (tenant_id, conversation_id);
create index turns_lease on turns (lease_until) where status = 'running';
select chatsphere.tenant_table('turns');

-- The runner keeps its turns, and hears which of them it is to stop.
create function renew_turns(p_runner uuid, p_turns uuid[]) returns table (turn_id uuid) language sql as $$
    with kept as (
        update turns set lease_until = now() + interval '15 seconds'
        where runner = p_runner and status = 'running' and id = any(p_turns)
        returning id, cancel
    )
    select id from kept where cancel
$$;
select chatsphere.definer('renew_turns(uuid, uuid[])');

-- Turns whose runner is gone, given to another.
create function claim_turns(p_runner uuid, p_limit int) returns setof turns language sql as $$
    update turns t set runner = p_runner, lease_until = now() + interval '15 seconds'
    from (
        select tenant_id, id from turns where status = 'running' and lease_until < now()
        order by lease_until limit p_limit for update skip locked
    ) lapsed
    where t.tenant_id = lapsed.tenant_id and t.id = lapsed.id
    returning t.*
$$;
select chatsphere.definer('claim_turns(uuid, int)');
