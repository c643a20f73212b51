-- The bots that rows belong to, in order behind a given one: a deleted bot is found by them when its event was missed.
create function bots_held(after_tenant uuid, after_bot uuid, n int) returns table (tenant_id uuid, bot_id uuid)
language sql stable as $$
    with recursive b as (
        (select x.tenant_id, x.bot_id from documents x where (x.tenant_id, x.bot_id) > (after_tenant, after_bot)
            order by x.tenant_id, x.bot_id limit 1)
        union all
        select y.tenant_id, y.bot_id from b cross join lateral (
            select x.tenant_id, x.bot_id from documents x where (x.tenant_id, x.bot_id) > (b.tenant_id, b.bot_id)
            order by x.tenant_id, x.bot_id limit 1) y
    )
    select b.tenant_id, b.bot_id from b limit n
$$;
select chatsphere.definer('bots_held(uuid, uuid, int)');
