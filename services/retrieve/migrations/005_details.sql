-- What a search can filter by: said by the owner of a document, and changed without a change of its chunks. A version of
-- these that is older than the stored one is ignored. The time is that of the upload; of the documents of before it is
-- taken from their ids, which begin with it.
alter table documents add column tags text[] not null default '{}';
alter table documents add column metadata jsonb; -- an object; null: none
alter table documents add column created_at timestamptz not null default now();
alter table documents add column details_version bigint not null default 0;

set local role chatsphere_definer;
update retrieve.documents set created_at = to_timestamp(
    ('x' || substr(replace(document_id::text, '-', ''), 1, 12))::bit(48)::bigint / 1000.0);
reset role;
