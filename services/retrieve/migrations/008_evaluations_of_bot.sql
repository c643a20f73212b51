-- Evaluations are listed by bot. An index without the bot was also taken for a look-up by the primary key while there
-- were no statistics, and then read all evaluations of the workspace.
create index evaluations_of_bot on evaluations (tenant_id, bot_id, created_at desc, id desc);
drop index evaluations_newest;
