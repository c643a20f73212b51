-- Boxes that do not begin with a_head, which names the format and the key of new ones (libs/crypto/crypto.h): at most
-- n of them behind a place, in order. They are sealed anew, so that an older key can be dropped.
create function stale_boxes(a_head bytea, a_tenant uuid, a_bot uuid, a_provider text, n int)
returns table (tenant_id uuid, bot_id uuid, provider text, box bytea) language sql stable as $$
    select k.tenant_id, k.bot_id, k.provider, k.box from bot_store.provider_keys k
    where substring(k.box from 1 for length(a_head)) <> a_head
        and (k.tenant_id, k.bot_id, k.provider) > (a_tenant, a_bot, a_provider)
    order by k.tenant_id, k.bot_id, k.provider limit n
$$;
select chatsphere.definer('stale_boxes(bytea, uuid, uuid, text, int)');

-- Their number, which `chatsphere rotate` asks before it drops a key.
create function stale_boxes_count(a_head bytea) returns bigint language sql stable as $$
    select count(*) from bot_store.provider_keys k where substring(k.box from 1 for length(a_head)) <> a_head
$$;
select chatsphere.definer('stale_boxes_count(bytea)');
