-- A turn adds to a slot that no open transaction holds, and makes one of any number when all are held; so there are as many
-- slots as transactions were open at the same moment. With slots by the number of the backend, turns shared one by
-- chance, and one waited for the commit of the other.
alter table used set (fillfactor = 50); -- room for the versions of a row that is updated by every turn

create or replace function used_add(a_tenant uuid, a_scope uuid, a_period text, a_messages bigint, a_tokens bigint)
returns void language plpgsql volatile as $$
declare
    begun date := used_since(a_period);
begin
    update used set messages = messages + a_messages, tokens = tokens + a_tokens
    where tenant_id = a_tenant and scope = a_scope and period = a_period and since = begun and slot = (
        select slot from used where tenant_id = a_tenant and scope = a_scope and period = a_period and since = begun
        limit 1 for update skip locked);
    if not found then
        insert into used (tenant_id, scope, period, since, slot, messages, tokens)
        values (a_tenant, a_scope, a_period, begun, (random() * 2147483647)::int, a_messages, a_tokens)
        on conflict (tenant_id, scope, period, since, slot)
        do update set messages = used.messages + excluded.messages, tokens = used.tokens + excluded.tokens;
    end if;
end $$;

-- As before, but reads nothing when there is no limit to compare with.
create or replace function use_message(a_tenant uuid, a_scope uuid, a_period text, a_name text, a_max bigint, a_max_tokens bigint)
returns void language plpgsql volatile as $$
declare
    begun date := used_since(a_period);
    m bigint;
    t bigint;
begin
    for try in 1..2 loop
        exit when a_max is null and a_max_tokens is null;
        select coalesce(sum(messages), 0), coalesce(sum(tokens), 0) into m, t from used
        where tenant_id = a_tenant and scope = a_scope and period = a_period and since = begun;
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
