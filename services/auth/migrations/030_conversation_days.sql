-- Days after its last change at which a conversation of the workspace is deleted; null: it is kept.
alter table plans add column conversation_days bigint check (conversation_days > 0);
