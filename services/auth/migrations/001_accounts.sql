-- Everything belongs to a workspace, which is the tenant. A user's row belongs to the personal
-- workspace. What is asked before the tenant is known goes through the functions at the end.

create table plans (
    name text primary key,
    rank smallint not null,
    max_bots bigint, -- null is no limit, here and below
    max_documents bigint,
    max_document_bytes bigint,
    max_messages bigint
);
select chatsphere.open_table('plans');

insert into plans (name, rank, max_bots, max_documents, max_document_bytes, max_messages) values
    ('free', 1, 100, 1000, 1073741824, 10000),
    ('pro', 2, 1000, 100000, 107374182400, 1000000),
    ('unlimited', 3, null, null, null, null);

create table workspaces (
    tenant_id uuid primary key,
    name text not null,
    plan text not null references plans (name),
    created_at timestamptz(3) not null
);
select chatsphere.tenant_table('workspaces');

create table users (
    tenant_id uuid not null references workspaces (tenant_id) on delete cascade,
    id uuid primary key,
    username text not null,
    email text not null,
    password text not null,
    first_name text,
    last_name text,
    status text not null default 'active' check (status in ('active', 'suspended')),
    is_staff boolean not null default false,
    version bigint not null default 1,
    created_at timestamptz(3) not null
);
create unique index users_username on users (lower(username));
create unique index users_email on users (lower(email));
create index users_newest on users (created_at desc, id desc);
create index users_staff on users (tenant_id) where is_staff;
select chatsphere.tenant_table('users');

create table members (
    tenant_id uuid not null references workspaces (tenant_id) on delete cascade,
    user_id uuid not null references users (id) on delete cascade,
    role text not null check (role in ('viewer', 'editor', 'admin', 'owner')),
    created_at timestamptz(3) not null default now(),
    primary key (tenant_id, user_id)
);
create index members_user on members (user_id);
select chatsphere.tenant_table('members');

-- A session is a family of refresh tokens, of which only the newest is unused.
create table sessions (
    tenant_id uuid not null,
    id uuid primary key,
    user_id uuid not null references users (id) on delete cascade,
    created_at timestamptz(3) not null default now(),
    expires_at timestamptz(3) not null,
    ended_at timestamptz(3)
);
create index sessions_user on sessions (tenant_id, user_id);
create index sessions_expiry on sessions (expires_at);
select chatsphere.tenant_table('sessions');

create table refresh_tokens (
    tenant_id uuid not null,
    hash bytea primary key,
    session_id uuid not null references sessions (id) on delete cascade,
    created_at timestamptz(3) not null default now(),
    used_at timestamptz(3)
);
create index refresh_tokens_session on refresh_tokens (session_id);
create index refresh_tokens_age on refresh_tokens (created_at);
select chatsphere.tenant_table('refresh_tokens');

create table api_keys (
    tenant_id uuid not null references workspaces (tenant_id) on delete cascade,
    id uuid not null,
    user_id uuid not null references users (id) on delete cascade,
    name text not null,
    scopes text[] not null,
    hash bytea not null unique,
    prefix text not null,
    created_at timestamptz(3) not null,
    expires_at timestamptz(3),
    last_used_at timestamptz(3),
    primary key (tenant_id, id)
);
create index api_keys_newest on api_keys (tenant_id, created_at desc, id desc);
create index api_keys_user on api_keys (user_id);
select chatsphere.tenant_table('api_keys');

create table usage (
    tenant_id uuid not null references workspaces (tenant_id) on delete cascade,
    month date not null,
    messages bigint not null default 0,
    prompt_tokens bigint not null default 0,
    completion_tokens bigint not null default 0,
    primary key (tenant_id, month)
);
select chatsphere.tenant_table('usage');

-- A user in the personal workspace; row security is that of whoever asks.
create view accounts with (security_invoker = true) as
    select u.id, u.username, u.email, u.password, u.first_name, u.last_name, u.status, u.is_staff,
           u.version, u.created_at, u.tenant_id, w.name as workspace, w.plan, m.role,
           w.created_at as workspace_at
    from users u
    join workspaces w on w.tenant_id = u.tenant_id
    join members m on m.tenant_id = u.tenant_id and m.user_id = u.id;
select chatsphere.open_table('accounts');

-- ---- before a tenant is known ----

create function account_by_login(a_username text, a_email text) returns setof auth.accounts
language sql stable as $$
    select * from auth.accounts
    where lower(username) = lower(a_username) or lower(email) = lower(a_email)
$$;
select chatsphere.definer('account_by_login(text, text)');

create function account_of(a_user uuid) returns setof auth.accounts
language sql stable as $$
    select * from auth.accounts where id = a_user
$$;
select chatsphere.definer('account_of(uuid)');

-- All users, newest first, for the platform's staff.
create function accounts_page(before_ms bigint, before_id uuid, n int) returns setof auth.accounts
language sql stable as $$
    select * from auth.accounts
    where before_ms is null or (created_at, id) < (to_timestamp(before_ms / 1000.0), before_id)
    order by created_at desc, id desc
    limit n
$$;
select chatsphere.definer('accounts_page(bigint, uuid, int)');

create function staff_exists() returns boolean
language sql stable as $$
    select exists (select from auth.users where is_staff)
$$;
select chatsphere.definer('staff_exists()');

-- Who bears a session; no row when it is over or the user may not.
create function session_bearer(a_session uuid)
returns table (tenant_id uuid, user_id uuid, role text, plan text, is_staff boolean, expires_at timestamptz)
language sql stable as $$
    select s.tenant_id, s.user_id, m.role, w.plan, u.is_staff, s.expires_at
    from auth.sessions s
    join auth.users u on u.id = s.user_id
    join auth.members m on m.tenant_id = s.tenant_id and m.user_id = s.user_id
    join auth.workspaces w on w.tenant_id = s.tenant_id
    where s.id = a_session and s.ended_at is null and s.expires_at > now() and u.status = 'active'
$$;
select chatsphere.definer('session_bearer(uuid)');

-- Who bears an API key; notes the use, at most once a minute.
create function api_key_bearer(a_hash bytea)
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
$$;
select chatsphere.definer('api_key_bearer(bytea)');

-- Trades a refresh token. Two at once are served one after the other: the second is a reuse.
create function refresh_rotate(a_old bytea, a_new bytea, a_expires timestamptz)
returns table (outcome text, session_id uuid, user_id uuid)
language plpgsql as $$
declare
    t auth.refresh_tokens;
    s auth.sessions;
begin
    select r.* into t from auth.refresh_tokens r where r.hash = a_old for update;
    if not found then
        return query select 'unknown', null::uuid, null::uuid;
        return;
    end if;
    select x.* into s from auth.sessions x where x.id = t.session_id for update;
    if s.ended_at is not null or s.expires_at <= now() then
        return query select 'ended', s.id, s.user_id;
    elsif t.used_at is not null then
        update auth.sessions x set ended_at = now() where x.id = s.id;
        return query select 'reused', s.id, s.user_id;
    else
        update auth.refresh_tokens r set used_at = now() where r.hash = a_old;
        insert into auth.refresh_tokens (tenant_id, hash, session_id) values (s.tenant_id, a_new, s.id);
        update auth.sessions x set expires_at = a_expires where x.id = s.id;
        return query select 'rotated', s.id, s.user_id;
    end if;
end
$$;
select chatsphere.definer('refresh_rotate(bytea, bytea, timestamptz)');

create function refresh_end(a_hash bytea) returns void
language sql volatile as $$
    update auth.sessions set ended_at = now()
    where id = (select session_id from auth.refresh_tokens where hash = a_hash) and ended_at is null
$$;
select chatsphere.definer('refresh_end(bytea)');

-- Sessions that are over and refresh tokens too old to be presented.
create function sessions_purge() returns void
language sql volatile as $$
    delete from auth.sessions where expires_at < now() or ended_at < now() - interval '1 day';
    delete from auth.refresh_tokens where used_at is not null and created_at < now() - interval '31 days'
$$;
select chatsphere.definer('sessions_purge()');
