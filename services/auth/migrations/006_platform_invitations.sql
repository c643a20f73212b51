-- Invitations to register on the platform, by its staff; an invitation belongs to the workspace of
-- the staff member, but all staff see all of them. The code is kept as its SHA-256.
create table platform_invitations (
    tenant_id uuid not null references workspaces (tenant_id) on delete cascade,
    id uuid not null,
    hash bytea not null unique,
    email text,
    created_by uuid not null,
    created_at timestamptz(3) not null,
    expires_at timestamptz(3) not null,
    used_by uuid,
    used_at timestamptz(3),
    primary key (tenant_id, id)
);
create unique index platform_invitations_id on platform_invitations (id);
create index platform_invitations_newest on platform_invitations (created_at desc, id desc);
create index platform_invitations_expiry on platform_invitations (expires_at);
select chatsphere.tenant_table('platform_invitations');

-- Invitations of all staff that are still kept.
create function platform_invitations_count() returns bigint
language sql stable as $$
    select count(*) from auth.platform_invitations
$$;
select chatsphere.definer('platform_invitations_count()');

create function platform_invitations_page(before_ms bigint, before_id uuid, n int)
returns setof auth.platform_invitations
language sql stable as $$
    select * from auth.platform_invitations
    where before_ms is null or (created_at, id) < (to_timestamp(before_ms / 1000.0), before_id)
    order by created_at desc, id desc
    limit n
$$;
select chatsphere.definer('platform_invitations_page(bigint, uuid, int)');

-- Whether there was an unused invitation of this id, which is gone now.
create function platform_invitation_revoke(a_id uuid) returns boolean
language plpgsql as $$
begin
    delete from auth.platform_invitations where id = a_id and used_at is null;
    return found;
end
$$;
select chatsphere.definer('platform_invitation_revoke(uuid)');

-- Uses a code for a user who registers in the same transaction; false: it admits nobody, or not this
-- address. Of two at the same moment the second waits for the row of the first, and finds it used.
create function platform_invitation_use(a_hash bytea, a_email text, a_user uuid) returns boolean
language plpgsql as $$
begin
    update auth.platform_invitations set used_by = a_user, used_at = now()
    where hash = a_hash and used_at is null and expires_at > now()
      and (email is null or lower(email) = lower(a_email));
    return found;
end
$$;
select chatsphere.definer('platform_invitation_use(bytea, text, uuid)');

create function platform_invitations_purge() returns void
language sql volatile as $$
    delete from auth.platform_invitations where expires_at < now() - interval '30 days'
$$;
select chatsphere.definer('platform_invitations_purge()');
