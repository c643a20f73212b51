-- What is told of a conversation beside its messages. digest_due: when its summary and passages are made by whichever
-- process finds it; null: they are made, or the conversation is open. idle_at: when the conversation ends by itself.
alter table conversations
    add column summary text,
    add column ended_at timestamptz(3),
    add column ended_idle boolean not null default false, -- a message opens it again
    add column pinned boolean not null default false,
    add column archived boolean not null default false,
    add column channel text,
    add column origin text,
    add column language text,
    add column idle_at timestamptz,
    add column digest_due timestamptz,
    add column digest_tries int not null default 0;
create index conversations_idle on conversations (idle_at) where idle_at is not null;
create index conversations_digest on conversations (digest_due) where digest_due is not null;

-- What a conversation that has ended is found by: its summary with the words of all messages (ord 0), and each question
-- with the beginning of its answer. The vectors of one space are compared with each other alone.
create table passages (
    tenant_id uuid not null,
    conversation_id uuid not null,
    ord int not null,
    turn_id uuid, -- null: the summary
    content text not null,
    words tsvector not null,
    space text,
    vector bytea, -- half-precision floats of length 1; null: the bot had no embedding provider
    primary key (tenant_id, conversation_id, ord),
    foreign key (tenant_id, conversation_id) references conversations on delete cascade
);
select chatsphere.tenant_table('passages');

-- Conversations without a message for as long as their bots wait, and those whose digest is due.
create function conversations_idle(p_limit int) returns table (tenant_id uuid, id uuid) language sql stable as $$
    select c.tenant_id, c.id from chat.conversations c where c.idle_at < now() order by c.idle_at limit p_limit
$$;
select chatsphere.definer('conversations_idle(int)');
create function digests_due(p_limit int) returns table (tenant_id uuid, id uuid) language sql stable as $$
    select c.tenant_id, c.id from chat.conversations c where c.digest_due < now() order by c.digest_due limit p_limit
$$;
select chatsphere.definer('digests_due(int)');

-- Workspaces that have conversations, in order behind a given one: each has its own time to keep them.
create function tenants_held(after_tenant uuid, n int) returns table (tenant_id uuid) language sql stable as $$
    with recursive t as (
        (select x.tenant_id from chat.conversations x where x.tenant_id > after_tenant order by x.tenant_id limit 1)
        union all
        select y.tenant_id from t cross join lateral (
            select x.tenant_id from chat.conversations x where x.tenant_id > t.tenant_id order by x.tenant_id limit 1) y
    )
    select t.tenant_id from t limit n
$$;
select chatsphere.definer('tenants_held(uuid, int)');

-- The newest conversations of a workspace, whoever they are of. Only a query with a limit for created_at can use it, so no
-- look-up by id takes it for its own.
create index conversations_of_workspace on conversations (tenant_id, created_at desc, id desc) where created_at is not null;

-- The same for the conversations of a bot: with the columns above a look-up by id would take their index while the database
-- knows nothing about the table.
drop index conversations_bot;
create index conversations_bot on conversations (tenant_id, bot_id) where bot_id is not null;
create or replace function bots_held(after_tenant uuid, after_bot uuid, n int) returns table (tenant_id uuid, bot_id uuid)
language sql stable as $$
    with recursive b as (
        (select x.tenant_id, x.bot_id from chat.conversations x where (x.tenant_id, x.bot_id) > (after_tenant, after_bot)
            and x.bot_id >= '00000000-0000-0000-0000-000000000000'
            order by x.tenant_id, x.bot_id limit 1)
        union all
        select y.tenant_id, y.bot_id from b cross join lateral (
            select x.tenant_id, x.bot_id from chat.conversations x where (x.tenant_id, x.bot_id) > (b.tenant_id, b.bot_id)
            and x.bot_id >= '00000000-0000-0000-0000-000000000000'
            order by x.tenant_id, x.bot_id limit 1) y
    )
    select b.tenant_id, b.bot_id from b limit n
$$;
select chatsphere.definer('bots_held(uuid, uuid, int)');
