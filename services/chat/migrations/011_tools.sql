-- The calls of tools that an answer is based on, as they are shown.
alter table messages add column tool_calls jsonb;

-- A tool call that waits, or waited, for the decision of the turn's owner; approved is null until then.
create table approvals (
    tenant_id uuid not null,
    turn_id uuid not null,
    call_id text not null,
    approved boolean,
    created_at timestamptz(3) not null default now(),
    primary key (tenant_id, turn_id, call_id),
    foreign key (tenant_id, turn_id) references turns on delete cascade
);
select chatsphere.tenant_table('approvals');

-- The decided ones of these turns, of any tenant: a process asks for those that wait in it.
create function approvals_decided(p_turns uuid[]) returns table (turn_id uuid, call_id text) language sql stable as $$
    select a.turn_id, a.call_id from chat.approvals a where a.turn_id = any(p_turns) and a.approved is not null
$$;
select chatsphere.definer('approvals_decided(uuid[])');
create index approvals_turn on approvals (turn_id);
