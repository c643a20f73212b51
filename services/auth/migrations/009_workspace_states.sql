-- A suspended workspace: its sessions, keys, visitors, jobs and answers are refused until it is active again.
-- Nothing of it is deleted, and its sessions go on afterwards.

-- The state of a workspace, which is suspended with its owner, too.
create function workspace_active(a_tenant uuid) returns boolean
language sql stable as $$
    select exists (select from auth.workspaces w where w.tenant_id = a_tenant and w.status = 'active')
        and not exists (select from auth.members m join auth.users o on o.id = m.user_id
                        where m.tenant_id = a_tenant and m.role = 'owner' and o.status = 'suspended')
$$;
select chatsphere.definer('workspace_active(uuid)');

create or replace view accounts with (security_invoker = true) as
    select u.id, u.username, u.email, u.password, u.first_name, u.last_name, u.status, u.is_staff,
           u.version, u.created_at, u.tenant_id, w.name as workspace, w.plan, m.role,
           w.created_at as workspace_at, w.status as workspace_status
    from users u
    join workspaces w on w.tenant_id = u.tenant_id
    join members m on m.tenant_id = u.tenant_id and m.user_id = u.id;

create or replace function session_bearer(a_session uuid)
returns table (tenant_id uuid, user_id uuid, role text, plan text, is_staff boolean, expires_at timestamptz)
language sql volatile as $$
    update auth.sessions set last_used_at = now()
    where id = a_session and ended_at is null
      and (last_used_at is null or last_used_at < now() - interval '1 minute');
    select s.tenant_id, s.user_id, m.role, w.plan, u.is_staff, s.expires_at
    from auth.sessions s
    join auth.users u on u.id = s.user_id
    join auth.members m on m.tenant_id = s.tenant_id and m.user_id = s.user_id
    join auth.workspaces w on w.tenant_id = s.tenant_id
    where s.id = a_session and s.ended_at is null and s.expires_at > now() and u.status = 'active'
      and auth.workspace_active(s.tenant_id)
$$;
select chatsphere.definer('session_bearer(uuid)');

create or replace function api_key_bearer(a_hash bytea)
returns table (tenant_id uuid, id uuid, scopes text[], plan text, expires_at timestamptz)
language sql volatile as $$
    update auth.api_keys set last_used_at = date_trunc('minute', now())
    where hash = a_hash and (last_used_at is null or last_used_at < now() - interval '1 minute');
    select k.tenant_id, k.id, k.scopes, w.plan, k.expires_at
    from auth.api_keys k
    join auth.users u on u.id = k.user_id
    join auth.members m on m.tenant_id = k.tenant_id and m.user_id = k.user_id
    join auth.workspaces w on w.tenant_id = k.tenant_id
    where k.hash = a_hash and (k.expires_at is null or k.expires_at > now()) and u.status = 'active'
      and auth.workspace_active(k.tenant_id)
$$;
select chatsphere.definer('api_key_bearer(bytea)');

-- As before, and 'suspended', which uses up no token: the session goes on when its workspace is active again.
create or replace function refresh_exchange(a_old bytea, a_new bytea, a_box bytea, a_expires timestamptz)
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
    elsif not auth.workspace_active(s.tenant_id) then
        return query select 'suspended', s.id, s.user_id, null::bytea;
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

-- ---- for the platform's staff ----

create view workspace_owners with (security_invoker = true) as
    select w.tenant_id, w.name, w.plan, w.status, w.created_at, m.user_id as owner_id
    from workspaces w
    join members m on m.tenant_id = w.tenant_id and m.role = 'owner';
select chatsphere.open_table('workspace_owners');

create index workspaces_newest on workspaces (created_at desc, tenant_id desc);

create function workspace_of(a_tenant uuid) returns setof auth.workspace_owners
language sql stable as $$
    select * from auth.workspace_owners where tenant_id = a_tenant
$$;
select chatsphere.definer('workspace_of(uuid)');

create function workspaces_page(before_ms bigint, before_id uuid, n int) returns setof auth.workspace_owners
language sql stable as $$
    select * from auth.workspace_owners
    where before_ms is null or (created_at, tenant_id) < (to_timestamp(before_ms / 1000.0), before_id)
    order by created_at desc, tenant_id desc
    limit n
$$;
select chatsphere.definer('workspaces_page(bigint, uuid, int)');

-- ---- for work under way ----

-- Why the bearers of work under way are refused, one row for each refused one, with its place: 'user', 'workspace',
-- 'session' or 'key'. A user has a session where the work began with one; a visitor has none of the three.
create function standings(tenants uuid[], users uuid[], sessions uuid[], keys uuid[])
returns table (place int, refusal text)
language sql stable as $$
    select * from (
        select b.place::int, case
            when b.user_id is not null and not exists (
                select from auth.users u where u.id = b.user_id and u.status = 'active') then 'user'
            when not auth.workspace_active(b.tenant_id) then 'workspace'
            when b.session_id is not null and not exists (
                select from auth.sessions s where s.id = b.session_id and s.ended_at is null and s.expires_at > now())
                then 'session'
            when b.key_id is not null and not exists (
                select from auth.api_keys k join auth.users u on u.id = k.user_id
                where k.tenant_id = b.tenant_id and k.id = b.key_id and u.status = 'active'
                  and (k.expires_at is null or k.expires_at > now())) then 'key'
        end as refusal
        from unnest(tenants, users, sessions, keys) with ordinality
            as b (tenant_id, user_id, session_id, key_id, place)
    ) judged where judged.refusal is not null
$$;
select chatsphere.definer('standings(uuid[], uuid[], uuid[], uuid[])');
