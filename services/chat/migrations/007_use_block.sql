-- Counts so many messages of the month in advance for a process that hands them out; 0 near a limit. One block at
-- a time, and fewer than 256 turns count their own at the same moment: together they stay within the limit. Half of the
-- tokens are kept for answers that are counted one by one, because those of a block are known afterwards.
create function use_block(a_tenant uuid, a_max bigint, a_max_tokens bigint, a_n bigint) returns bigint language plpgsql volatile as $$
declare
    m bigint;
    t bigint;
begin
    if a_max is not null or a_max_tokens is not null then
        perform pg_advisory_xact_lock(hashtextextended('used month' || a_tenant, 0));
        select coalesce(sum(messages), 0), coalesce(sum(tokens), 0) into m, t from used
        where tenant_id = a_tenant and scope = a_tenant and period = 'month' and since = used_since('month');
        if m + a_n + 256 > a_max or t >= a_max_tokens / 2 then
            return 0;
        end if;
    end if;
    perform used_add(a_tenant, a_tenant, 'month', a_n, 0);
    return a_n;
end $$;
