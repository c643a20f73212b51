-- The one row that a relay locks while it publishes, so that a process of this schema is the only one. A row of its own
-- schema: an advisory lock belongs to the whole database, where the role of any service could hold it.
create table outbox_relay (only_row boolean primary key default true check (only_row));
insert into outbox_relay default values;
select chatsphere.open_table('outbox_relay');
