-- Evaluations of a bot's retrieval: questions, what was expected, and the rank at which it was found. A run is claimed for a
-- few questions at a time (runner, lease_until); its row says how far it is, so any process can go on with it.
create table evaluations (
    tenant_id uuid not null,
    bot_id uuid not null,
    id uuid not null,
    name text,
    status text not null default 'queued' check (status in ('queued', 'running', 'completed', 'failed')),
    k int not null,
    mode int not null default 0, -- SearchMode
    settings json not null,      -- EvaluationSettings
    set_hash text not null,      -- of the questions: equal ones can be compared
    total int not null,
    done int not null default 0,
    hits int not null default 0,
    reciprocal double precision not null default 0, -- sum of 1 / rank
    previous_id uuid,                               -- the completed one of the same questions before, as it was
    previous_hits int,
    previous_reciprocal double precision,
    better int,
    worse int,
    attempts int not null default 0, -- without progress
    runner uuid,
    lease_until timestamptz,
    ticket_at timestamptz not null default now(),
    error text,
    created_at timestamptz(3) not null,
    finished_at timestamptz(3),
    primary key (tenant_id, bot_id, id)
);
create index evaluations_newest on evaluations (tenant_id, created_at desc, id desc);
create index evaluations_open on evaluations (tenant_id) where status in ('queued', 'running');
select chatsphere.tenant_table('evaluations');

-- What was found is kept by its place, without a word of the document: that is gone when the document is.
create table evaluation_questions (
    tenant_id uuid not null,
    bot_id uuid not null,
    evaluation_id uuid not null,
    ord int not null,
    question text not null,
    expected_text text,
    expected_document uuid,
    expected_name text,
    expected_heading text,
    rank int, -- null: a miss, or not searched yet
    found_documents uuid[] not null default '{}',
    found_chunks int[] not null default '{}',
    found_scores double precision[] not null default '{}',
    primary key (tenant_id, bot_id, evaluation_id, ord),
    foreign key (tenant_id, bot_id, evaluation_id) references evaluations on delete cascade
);
select chatsphere.tenant_table('evaluation_questions');

-- Those whose ticket was lost, or whose process died; given to the caller for a new ticket.
create function evaluations_due(n int) returns table (tenant_id uuid, bot_id uuid, id uuid, attempts int)
language sql volatile as $$
    update evaluations e set ticket_at = now() from (
        select d.tenant_id, d.bot_id, d.id from evaluations d
        where d.status in ('queued', 'running') and d.ticket_at < now() - interval '60 seconds'
            and (d.lease_until is null or d.lease_until < now())
        limit n for update skip locked
    ) due
    where e.tenant_id = due.tenant_id and e.bot_id = due.bot_id and e.id = due.id
    returning e.tenant_id, e.bot_id, e.id, e.attempts
$$;
select chatsphere.definer('evaluations_due(int)');
