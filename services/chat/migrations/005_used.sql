-- What a workspace has used of its month, and the visitors of a bot of its day and month (scope is the
-- workspace or the bot). Turns that begin at the same moment add to different slots, so they wait
-- for each other only when little is left.
create table used (
    tenant_id uuid not null,
    scope uuid not null,
    period text not null check (period in ('day', 'month')),
    since date not null,
    slot int not null,
    messages bigint not null default 0,
    tokens bigint not null default 0,
    primary key (tenant_id, scope, period, since, slot)
);
select chatsphere.tenant_table('used');

create function used_since(a_period text) returns date language sql stable as $$
    select date_trunc(a_period, now() at time zone 'UTC')::date
$$;

create function used_add(a_tenant uuid, a_scope uuid, a_period text, a_messages bigint, a_tokens bigint)
returns void language sql volatile as $$
    insert into used as u (tenant_id, scope, period, since, slot, messages, tokens)
    values (a_tenant, a_scope, a_period, used_since(a_period), pg_backend_pid() % 8, a_messages, a_tokens)
    on conflict (tenant_id, scope, period, since, slot)
    do update set messages = u.messages + excluded.messages, tokens = u.tokens + excluded.tokens
$$;

-- Takes one message; without room it raises a violation of the constraint quota_<name>, or of
-- quota_tokens. A limit that is null is none. Fewer than 256 turns can begin at the same moment, so only
-- with less than that left they take turns, and see what the one before has taken.
create function use_message(a_tenant uuid, a_scope uuid, a_period text, a_name text, a_max bigint, a_max_tokens bigint)
returns void language plpgsql volatile as $$
declare
    m bigint;
    t bigint;
begin
    for try in 1..2 loop
        select coalesce(sum(messages), 0), coalesce(sum(tokens), 0) into m, t from used
        where tenant_id = a_tenant and scope = a_scope and period = a_period and since = used_since(a_period);
        exit when try = 2 or a_max is null or m < a_max - 256;
        perform pg_advisory_xact_lock(hashtextextended('used ' || a_period || a_scope, 0));
    end loop;
    if t >= a_max_tokens then
        raise check_violation using constraint = 'quota_tokens';
    elsif m >= a_max then
        raise check_violation using constraint = 'quota_' || a_name;
    end if;
    perform used_add(a_tenant, a_scope, a_period, 1, 0);
end $$;

-- Days and months that are over.
create function used_purge() returns void language sql volatile as $$
    delete from chat.used where since < now() - interval '40 days'
        or (period = 'day' and since < now() - interval '2 days')
$$;
select chatsphere.definer('used_purge()');
