-- The events of the last 7 days as they were published, webhooks, and what is to be delivered to them.

-- The place of a workspace's latest event. Its row is locked while an event is added, so events become visible in the
-- order of their numbers: a reader that has seen one number never misses a smaller one.
create table positions (
    tenant_id uuid primary key,
    seq bigint not null
);
select chatsphere.tenant_table('positions');

create table log (
    tenant_id uuid not null,
    seq bigint not null,
    id uuid not null,
    wire text not null, -- subject on the bus
    bot_id uuid,
    aggregate text not null,
    event text not null,
    subject text not null,
    version bigint not null default 0,
    ordering text not null, -- events of the same are delivered in order: conversation, document, or else the subject
    only_webhook uuid,      -- a test, for this webhook alone
    happened_at timestamptz(3) not null,
    kept_at timestamptz(3) not null,
    payload bytea not null,
    primary key (tenant_id, seq),
    unique (id, tenant_id) -- begins otherwise than the primary key, so that one is not taken for the other
);
create index log_age on log (kept_at);
select chatsphere.tenant_table('log');

create table webhooks (
    tenant_id uuid not null,
    id uuid not null,
    url text not null,
    types text[] not null,
    bots uuid[] not null,
    ordered boolean not null,
    enabled boolean not null,
    disabled_reason text,
    box bytea not null, -- the secret, sealed
    old_box bytea,      -- the one before, which signs too until old_until
    old_until timestamptz(3),
    last_error text,
    failing_since timestamptz(3), -- no attempt has succeeded since
    version bigint not null default 1,
    created_at timestamptz(3) not null,
    updated_at timestamptz(3) not null,
    primary key (tenant_id, id)
);
create index webhooks_newest on webhooks (tenant_id, created_at desc, id desc);
select chatsphere.tenant_table('webhooks');

create table deliveries (
    tenant_id uuid not null,
    webhook_id uuid not null,
    id uuid not null,
    event_id uuid not null,
    seq bigint not null,             -- of the event in the log
    replay bigint not null default 0, -- 0: the first delivery; else the time of the replay
    ordering text not null,
    test boolean not null default false,
    status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
    attempts int not null default 0,
    next_at timestamptz(3) not null,
    runner uuid,
    lease_until timestamptz(3), -- an attempt is under way; a process that died leaves it to expire
    created_at timestamptz(3) not null,
    primary key (tenant_id, webhook_id, id),
    unique (event_id, webhook_id, replay, tenant_id),
    foreign key (tenant_id, webhook_id) references webhooks on delete cascade
);
create index deliveries_due on deliveries (tenant_id, webhook_id, next_at, seq) where status = 'pending';
create index deliveries_order on deliveries (tenant_id, webhook_id, ordering, seq, replay) where status = 'pending';
create index deliveries_leased on deliveries (tenant_id, webhook_id) where lease_until is not null;
create index deliveries_age on deliveries (created_at);
select chatsphere.tenant_table('deliveries');

create table attempts (
    tenant_id uuid not null,
    webhook_id uuid not null,
    delivery_id uuid not null,
    n int not null,
    began_at timestamptz(3) not null,
    status_code int, -- null: no answer
    error text,
    body text not null default '',
    duration_ms int not null,
    primary key (tenant_id, webhook_id, delivery_id, n),
    foreign key (tenant_id, webhook_id, delivery_id) references deliveries on delete cascade
);
select chatsphere.tenant_table('attempts');

-- Takes what is due, a few of each webhook and of each workspace: one that hangs takes its own places and no others, and a
-- single one when it has failed. Within an ordered webhook only the oldest of each ordering is due.
create function deliveries_claim(a_runner uuid, n int, per_webhook int, per_tenant int, at timestamptz, until timestamptz)
returns table (tenant_id uuid, webhook_id uuid, id uuid, attempts int, url text, box bytea, old_box bytea,
    event_id uuid, aggregate text, event text, bot_id uuid, subject text, version bigint, happened_ms bigint, payload bytea)
language sql volatile as $$
    with due as (
        select d.tenant_id, d.webhook_id, d.id, row_number() over (partition by w.tenant_id order by d.nth, d.next_at) as place,
            coalesce((select count(*) from events.deliveries b where b.tenant_id = w.tenant_id and b.lease_until >= at), 0) as busy
        from events.webhooks w cross join lateral (
            select c.*, row_number() over (order by c.next_at, c.seq) as nth from (
                select p.tenant_id, p.webhook_id, p.id, p.next_at, p.seq from events.deliveries p
                where p.tenant_id = w.tenant_id and p.webhook_id = w.id and p.status = 'pending' and p.next_at <= at
                    and (w.enabled or p.test) and (p.lease_until is null or p.lease_until < at)
                    and (not w.ordered or not exists (
                        select from events.deliveries e
                        where e.tenant_id = p.tenant_id and e.webhook_id = p.webhook_id and e.ordering = p.ordering
                            and e.status = 'pending' and (e.seq, e.replay) < (p.seq, p.replay)))
                order by p.next_at, p.seq
                limit greatest(0, case when w.failing_since is null then per_webhook else 1 end - (
                    select count(*) from events.deliveries b
                    where b.tenant_id = w.tenant_id and b.webhook_id = w.id and b.lease_until >= at))
            ) c
        ) d
    ), chosen as (
        select * from due where place + busy <= per_tenant order by place limit n
    ), taken as (
        update events.deliveries t set runner = a_runner, lease_until = until from chosen c
        where t.tenant_id = c.tenant_id and t.webhook_id = c.webhook_id and t.id = c.id and t.status = 'pending'
            and (t.lease_until is null or t.lease_until < at)
        returning t.*
    )
    select t.tenant_id, t.webhook_id, t.id, t.attempts, w.url, w.box,
        case when w.old_until > at then w.old_box end, t.event_id, l.aggregate, l.event, l.bot_id, l.subject, l.version,
        (extract(epoch from l.happened_at) * 1000)::bigint, l.payload
    from taken t
    join events.webhooks w on w.tenant_id = t.tenant_id and w.id = t.webhook_id
    join events.log l on l.tenant_id = t.tenant_id and l.id = t.event_id
$$;
select chatsphere.definer('deliveries_claim(uuid, int, int, int, timestamptz, timestamptz)');

-- Of each of these workspaces the next events behind a place, for its streams.
create function log_after(tenants uuid[], places bigint[], n int)
returns table (tenant_id uuid, seq bigint, event_id uuid, aggregate text, event text, bot_id uuid, subject text, version bigint,
    happened_ms bigint, payload bytea)
language sql stable as $$
    select l.tenant_id, l.seq, l.id, l.aggregate, l.event, l.bot_id, l.subject, l.version,
        (extract(epoch from l.happened_at) * 1000)::bigint, l.payload
    from unnest(tenants, places) as asked (tenant, place) cross join lateral (
        select * from events.log m where m.tenant_id = asked.tenant and m.seq > asked.place order by m.seq limit n
    ) l
    where l.only_webhook is null
    order by l.tenant_id, l.seq
$$;
select chatsphere.definer('log_after(uuid[], bigint[], int)');

-- What is older than this is not kept; how many events they were.
create function log_expire(before timestamptz) returns bigint language sql volatile as $$
    delete from events.deliveries where created_at < before;
    with gone as (delete from events.log where kept_at < before returning 1) select count(*) from gone
$$;
select chatsphere.definer('log_expire(timestamptz)');
