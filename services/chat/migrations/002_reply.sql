-- Where a whole answer is waited for, so that who takes the turn over can say that it will not come.
alter table turns add column reply text;
