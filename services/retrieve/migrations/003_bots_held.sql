-- The bots that rows belong to, in order behind a given one: a deleted bot is found by them when its event was missed.
create function bots_held(after_tenant uuid, after_bot uuid, n int) returns table (tenant_id uuid, bot_id uuid)
language sql stable as $$
    select c.tenant_id, c.bot_id from collections c
    where not c.deleted and (c.tenant_id, c.bot_id) > (after_tenant, after_bot) order by c.tenant_id, c.bot_id limit n
$$;
select chatsphere.definer('bots_held(uuid, uuid, int)');
