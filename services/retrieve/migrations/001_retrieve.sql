-- One row a collection (a bot's documents). version grows in the transaction that changes what is
-- searched; its row lock orders those transactions. deleted: kept so that nothing late comes back.
create table collections (
    tenant_id uuid not null,
    bot_id uuid not null,
    version bigint not null,
    chunks int not null default 0,
    deleted boolean not null default false,
    primary key (tenant_id, bot_id)
);

-- The version of each document that is searched; null: dropped, kept so that a late commit of a
-- cancelled job does not bring it back.
create table documents (
    tenant_id uuid not null,
    bot_id uuid not null,
    document_id uuid not null,
    version bigint,
    chunks int not null,
    name text not null,
    language text not null default 'en',
    primary key (tenant_id, bot_id, document_id)
);

create table chunks (
    tenant_id uuid not null,
    bot_id uuid not null,
    document_id uuid not null,
    version bigint not null,
    ord int not null check (ord >= 0),
    body text not null,
    heading_path text not null default '',
    page int,
    "start" bigint not null default 0,
    "end" bigint not null default 0,
    tokens int not null default 0,
    primary key (tenant_id, bot_id, document_id, version, ord)
);

-- Packed half-precision vectors: row i belongs to the chunk first_ord + i.
create table segments (
    tenant_id uuid not null,
    bot_id uuid not null,
    document_id uuid not null,
    version bigint not null,
    first_ord int not null check (first_ord >= 0),
    n int not null,
    dims int not null,
    space text not null,
    data bytea not null,
    crc32c bigint not null,
    check (octet_length(data) = n * dims * 2),
    primary key (tenant_id, bot_id, document_id, version, first_ord)
);
-- halves do not compress; out of line and plain they are read several times faster
alter table segments alter column data set storage external;

select chatsphere.tenant_table('collections');
select chatsphere.tenant_table('documents');
select chatsphere.tenant_table('chunks');
select chatsphere.tenant_table('segments');
