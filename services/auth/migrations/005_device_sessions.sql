-- What people see of their signed-in devices. A session of the time before has no last use.
alter table sessions add column last_used_at timestamptz(3);
alter table sessions alter column last_used_at set default now();
alter table sessions add column user_agent text check (octet_length(user_agent) <= 256);
alter table sessions add column address text check (octet_length(address) <= 64);

-- A refresh notes the device from which it came.
create function session_refreshed(a_session uuid, a_user_agent text, a_address text) returns void
language sql volatile as $$
    update auth.sessions set last_used_at = now(), user_agent = a_user_agent, address = a_address
    where id = a_session
$$;
select chatsphere.definer('session_refreshed(uuid, text, text)');

-- The bearer of a session; no row when the session is over or the user is suspended. Notes the use,
-- at most once a minute.
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
$$;
select chatsphere.definer('session_bearer(uuid)');
