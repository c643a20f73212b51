-- A turn whose question was answered anew: the pair of messages in the conversation is that of the newer turn.
alter table turns add column replaced_by uuid;
