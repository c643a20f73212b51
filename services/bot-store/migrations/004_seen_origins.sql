-- The pages that show the widget of a bot, and when it asked for its settings there last.
create table seen_origins (
    tenant_id uuid not null,
    bot_id uuid not null,
    origin text not null,
    at timestamptz(3) not null,
    primary key (tenant_id, bot_id, origin),
    foreign key (tenant_id, bot_id) references bots (tenant_id, id) on delete cascade
);
select chatsphere.tenant_table('seen_origins');
