-- A refresh token that is presented again shortly after its first use comes from the same person:
-- from a second tab, or because the first answer was lost. For that time the database keeps the
-- token that came next, sealed under a key which only the presented token yields.
alter table refresh_tokens add column successor bytea; -- hash of the token that came next
alter table refresh_tokens add column box bytea;       -- that token, sealed
create index refresh_tokens_box on refresh_tokens (used_at) where box is not null;

create function refresh_reuse() returns interval language sql immutable as $$
    select interval '10 seconds'
$$;

-- Exchanges a refresh token for its successor. The row lock serves two exchanges at the same moment
-- one after the other, whichever replica they reach; the second one is answered 'repeated'. Then
-- there is a row for each link from the presented token to the newest of the family, since the
-- successor may be used already. refresh_rotate() stays for replicas of the version before.
create function refresh_exchange(a_old bytea, a_new bytea, a_box bytea, a_expires timestamptz)
returns table (outcome text, session_id uuid, user_id uuid, box bytea)
language plpgsql as $$
declare
    t auth.refresh_tokens;
    s auth.sessions;
begin
    select r.* into t from auth.refresh_tokens r where r.hash = a_old for update;
    if not found then
        return query select 'unknown', null::uuid, null::uuid, null::bytea;
        return;
    end if;
    select x.* into s from auth.sessions x where x.id = t.session_id for update;
    if s.ended_at is not null or s.expires_at <= now() then
        return query select 'ended', s.id, s.user_id, null::bytea;
    elsif t.used_at is null then
        update auth.refresh_tokens r set used_at = now(), successor = a_new, box = a_box where r.hash = a_old;
        insert into auth.refresh_tokens (tenant_id, hash, session_id) values (s.tenant_id, a_new, s.id);
        update auth.sessions x set expires_at = a_expires where x.id = s.id;
        return query select 'rotated', s.id, s.user_id, null::bytea;
    elsif t.box is not null and t.used_at > now() - auth.refresh_reuse() then
        return query
            with recursive links as (
                select 1 as n, t.successor as next, t.box as sealed
                union all
                select l.n + 1, r.successor, r.box from links l
                join auth.refresh_tokens r on r.hash = l.next
                where r.box is not null and l.n < 100
            )
            select 'repeated', s.id, s.user_id, l.sealed from links l order by l.n;
    else
        update auth.sessions x set ended_at = now() where x.id = s.id;
        return query select 'reused', s.id, s.user_id, null::bytea;
    end if;
end
$$;
select chatsphere.definer('refresh_exchange(bytea, bytea, bytea, timestamptz)');

create function refresh_erase() returns void
language sql volatile as $$
    update auth.refresh_tokens set box = null
    where box is not null and used_at <= now() - auth.refresh_reuse()
$$;
select chatsphere.definer('refresh_erase()');
