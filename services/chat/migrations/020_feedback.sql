-- The rating of an answer by its reader, and the reason in the reader's words.
alter table messages add column rating text check (rating in ('up', 'down')), add column rating_comment text;
