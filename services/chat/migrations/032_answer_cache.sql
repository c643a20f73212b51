-- Answers that are given again to the same question: hash is of the question in its plain form and of the bot's version.
-- answer_clears says when the bot or its documents changed last, so that an answer that was begun before is not kept after.
create table answers_cached (
    tenant_id uuid not null,
    bot_id uuid not null,
    hash text not null,
    version bigint not null, -- of the bot
    answer text not null,
    sources json not null,
    finish text not null,
    space text,
    vector bytea, -- of the question: half-precision floats of length 1
    bytes bigint not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, bot_id, hash)
);
select chatsphere.tenant_table('answers_cached');

create table answer_clears (
    tenant_id uuid not null,
    bot_id uuid not null,
    cleared_at timestamptz not null,
    primary key (tenant_id, bot_id)
);
select chatsphere.tenant_table('answer_clears');
