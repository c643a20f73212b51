-- Messages and turns are looked up by (tenant_id, id). While the database knows nothing about a new table, an index
-- that begins with tenant_id looks just as good for that, and a plan with it is kept: each turn then read all rows of
-- its workspace. An index that begins with the conversation is no choice for it.
alter table messages add unique (conversation_id, tenant_id, ord);
alter table messages drop constraint messages_tenant_id_conversation_id_ord_key;
create index turns_of_conversation on turns (conversation_id);
drop index turns_conversation;
