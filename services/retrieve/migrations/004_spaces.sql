-- The vectors that are searched are of one space; those of another are made beside them, and the switch is one
-- statement. Those of the space before stay, so that going back makes none anew.
alter table segments drop constraint segments_pkey;
alter table segments add primary key (tenant_id, bot_id, document_id, version, space, first_ord);

alter table collections add column space text;          -- that is searched; null: no vectors yet
alter table collections add column previous_space text; -- whose vectors are kept
alter table collections add column dimensions int;      -- as the bot asks for; null: the model's own

set local role chatsphere_definer;
update retrieve.collections c set space = (select s.space from retrieve.segments s
    where s.tenant_id = c.tenant_id and s.bot_id = c.bot_id group by s.space order by sum(s.n) desc, s.space limit 1);
reset role;
