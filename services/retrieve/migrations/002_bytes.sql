-- Bytes that the collection's snapshot is expected to take in memory: as the last load measured it, and the most that
-- each document since may add. null: a collection of before, which the next load measures.
alter table collections add column bytes bigint;
alter table collections alter column bytes set default 0;
