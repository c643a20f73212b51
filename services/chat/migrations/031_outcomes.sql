-- What became of a turn, written by the statement that ends it: statistics are sums over the turns of a span of time. The
-- index has turns with an outcome alone, so that no look-up by id takes it for its own.
alter table turns
    add column outcome text check (outcome in ('completed', 'failed', 'interrupted', 'cancelled')),
    add column model text,
    add column first_token_ms int,
    add column total_ms int,
    add column prompt_tokens bigint,
    add column completion_tokens bigint,
    add column cost double precision,
    add column cached boolean;

set local role chatsphere_definer;
update chat.turns t set outcome = m.status, prompt_tokens = (m.usage ->> 'prompt_tokens')::bigint,
    completion_tokens = (m.usage ->> 'completion_tokens')::bigint, cost = (m.usage ->> 'cost')::double precision
from chat.messages m
where m.tenant_id = t.tenant_id and m.id = t.message_id and t.status = 'done' and m.status <> 'pending';
reset role;

create index turns_outcome on turns (tenant_id, created_at) where outcome is not null;
create index messages_rated on messages (tenant_id, created_at) where rating is not null;
