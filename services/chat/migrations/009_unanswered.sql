-- Whether the documents had nothing for the question of a turn: written by the statement that ends the turn. The index has
-- such turns alone, so an answered one costs nothing.
alter table turns add column unanswered boolean not null default false;
create index turns_unanswered on turns (tenant_id, bot_id, created_at desc) where unanswered;
