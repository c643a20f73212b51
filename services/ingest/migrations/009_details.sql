-- What the owner of a document says of it: its name, tags and metadata. Their version grows with each change, so that an
-- older one which reaches retrieve late changes nothing there.
alter table documents add column tags text[] not null default '{}';
alter table documents add column metadata json; -- an object; null: none
alter table documents add column details_version bigint not null default 1;

drop trigger document_changed on documents;
create trigger document_changed before update of status, stage, done, total, chunks, attempts, error, name, tags, metadata
    on documents for each row execute function document_changed();
