-- Readers outside the platform: each has an account of the broker, whose name is also that of its consumer.
create table subscriptions (
    tenant_id uuid not null,
    id uuid not null,
    name text not null,
    types text[] not null,
    bots uuid[] not null,
    account text not null,     -- public key of the account
    box bytea not null,        -- seed of the account, sealed
    user_key text not null,    -- public key of the user whose credentials are valid
    revoked text[] not null default '{}', -- those of before
    revoked_at bigint not null default 0, -- unix seconds
    created_at timestamptz(3) not null,
    primary key (tenant_id, id)
);
select chatsphere.tenant_table('subscriptions');

-- All of them, for the look whether the broker still knows each.
create function subscriptions_all() returns setof subscriptions language sql stable as $$
    select * from events.subscriptions
$$;
select chatsphere.definer('subscriptions_all()');
