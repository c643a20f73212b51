-- Uploads that become a document, or a new version of one, when they are complete. Until then their bytes stand beside
-- those of the document, and count as they do. A part of a client is one row or two, because it may be larger than a
-- message: part n is the rows 2n and 2n + 1, of which the first says how many there are.
create table uploads (
    tenant_id uuid not null,
    id uuid not null,
    bot_id uuid not null,
    document_id uuid, -- that gets a new version; null: a new document
    name text not null,
    mime text not null,
    bytes bigint not null default 0 check (bytes between 0 and 33554432), -- announced; 0: not
    sha256 text not null default '',
    created_at timestamptz not null default date_trunc('milliseconds', now()),
    primary key (tenant_id, id),
    foreign key (tenant_id, document_id) references documents on delete cascade
);
create unique index uploads_of_document on uploads (tenant_id, document_id) where document_id is not null;
create index uploads_of_bot on uploads (tenant_id, bot_id);
create index uploads_by_age on uploads (created_at);
select chatsphere.tenant_table('uploads');

create table upload_parts (
    tenant_id uuid not null,
    upload_id uuid not null,
    piece int not null check (piece between 0 and 2047),
    pieces int not null default 0, -- of the part, in its first one
    data bytea not null check (octet_length(data) <= 491520),
    primary key (tenant_id, upload_id, piece),
    foreign key (tenant_id, upload_id) references uploads on delete cascade
);
alter table upload_parts alter data set storage external;
select chatsphere.tenant_table('upload_parts');

create trigger upload_parts_added after insert on upload_parts
    referencing new table as changed for each statement execute function parts_held();
create trigger upload_parts_erased after delete on upload_parts
    referencing old table as changed for each statement execute function parts_held();
create trigger upload_parts_replaced after update on upload_parts
    referencing old table as before new table as changed for each statement execute function parts_replaced();

-- An upload of a new document counts as one; a document has one upload of a new version at most.
create function uploads_held() returns trigger language plpgsql as $$
begin
    insert into ingest.held as h (tenant_id, documents)
    select tenant_id, case tg_op when 'INSERT' then count(*) else -count(*) end
    from changed where document_id is null group by 1 order by 1
    on conflict (tenant_id) do update set documents = h.documents + excluded.documents;
    return null;
end $$;
create trigger uploads_added after insert on uploads
    referencing new table as changed for each statement execute function uploads_held();
create trigger uploads_erased after delete on uploads
    referencing old table as changed for each statement execute function uploads_held();

-- Uploads that were not completed in time.
create function expire_uploads(n int) returns bigint language sql as $$
    with old as (
        select u.tenant_id, u.id from uploads u where u.created_at < now() - interval '24 hours'
        order by u.created_at limit n for update skip locked
    ), gone as (
        delete from uploads u using old where u.tenant_id = old.tenant_id and u.id = old.id returning u.id
    ) select count(*) from gone
$$;
select chatsphere.definer('expire_uploads(int)');

-- The content that search serves while a newer one is being read, or has failed.
alter table documents add column searched_sha256 text; -- null: none
set local role chatsphere_definer;
update ingest.documents set searched_sha256 = sha256 where status = 'ready';
reset role;
