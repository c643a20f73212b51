-- Vectors may lie in a store outside too (docs/retrieve.md). The segments stay: they are what the store is filled
-- from, and they say what it holds.
alter table segments add column stored text;      -- the store that has them, or is being given them; null: none
alter table segments add column complete boolean not null default false; -- it has all of them
alter table segments add column tried_at timestamptz;                    -- when they were last given to a store
create index segments_incomplete on segments (tried_at nulls first) where not complete;

-- Vectors whose segment is gone, which a store outside may still have. Answers do not depend on it: they hold only
-- chunks that are searched.
create table vector_drops (
    tenant_id uuid not null,
    id bigint generated always as identity,
    store text not null,
    bot_id uuid not null,
    document_id uuid not null,
    version bigint not null,
    space text not null,
    first_ord int not null,
    n int not null,
    dims int not null,
    due timestamptz not null,
    primary key (tenant_id, id)
);
create index vector_drops_due on vector_drops (store, due);
select chatsphere.tenant_table('vector_drops');

-- Whichever statement deletes a segment, its vectors go. One that was being stored may still be on its way, for as
-- long as a call lives.
create function segment_dropped() returns trigger language plpgsql as $$
begin
    if old.stored = 'pgvector' then
        delete from retrieve.vectors v where v.tenant_id = old.tenant_id and v.bot_id = old.bot_id
            and v.space = old.space and v.document_id = old.document_id and v.version = old.version
            and v.ord >= old.first_ord and v.ord < old.first_ord + old.n;
    else
        insert into retrieve.vector_drops (tenant_id, store, bot_id, document_id, version, space, first_ord, n, dims, due)
        values (old.tenant_id, old.stored, old.bot_id, old.document_id, old.version, old.space, old.first_ord, old.n,
            old.dims, now() + case when old.complete then interval '0' else interval '1 minute' end);
    end if;
    return null;
end $$;
create trigger segment_dropped after delete on segments for each row when (old.stored is not null)
    execute function segment_dropped();

-- The drops of a store that are due, which are due again in a minute unless they are done.
create function vector_drops_take(of_store text, most int) returns setof vector_drops language sql as $$
    update vector_drops d set due = now() + interval '1 minute' where (d.tenant_id, d.id) in (
        select x.tenant_id, x.id from vector_drops x where x.store = of_store and x.due <= now()
        order by x.due limit most for update skip locked) returning d.*
$$;
select chatsphere.definer('vector_drops_take(text, int)');

-- The segments that a store lacks, taken for a minute.
create function segments_take(of_store text, most int) returns table (tenant_id uuid, bot_id uuid, document_id uuid,
    version bigint, space text, first_ord int) language sql as $$
    update segments s set tried_at = now(), stored = of_store
    where (s.tenant_id, s.bot_id, s.document_id, s.version, s.space, s.first_ord) in (
        select x.tenant_id, x.bot_id, x.document_id, x.version, x.space, x.first_ord from segments x
        where not x.complete and (x.tried_at is null or x.tried_at < now() - interval '1 minute')
        order by x.tried_at nulls first limit most for update skip locked)
    returning s.tenant_id, s.bot_id, s.document_id, s.version, s.space, s.first_ord
$$;
select chatsphere.definer('segments_take(text, int)');

-- What another store holds, this one lacks: with each, the drop of what is left there. Drops of a store that was not
-- used for a month are forgotten.
create function segments_leave(of_store text) returns bigint language plpgsql as $$
declare n bigint;
begin
    insert into vector_drops (tenant_id, store, bot_id, document_id, version, space, first_ord, n, dims, due)
        select s.tenant_id, s.stored, s.bot_id, s.document_id, s.version, s.space, s.first_ord, s.n, s.dims, now()
        from segments s where s.complete and s.stored not in (of_store, 'pgvector');
    if of_store <> 'pgvector' and to_regclass('retrieve.vectors') is not null then
        delete from retrieve.vectors;
    end if;
    update segments s set complete = false, stored = null, tried_at = null where s.complete and s.stored <> of_store;
    get diagnostics n = row_count;
    delete from vector_drops d where d.store <> of_store and d.due < now() - interval '30 days';
    return n;
end $$;
select chatsphere.definer('segments_leave(text)');

-- A collection of a store was not there: nothing of that size is in it.
create function segments_lost(of_store text, above int, up_to int) returns bigint language sql as $$
    with lost as (update segments s set complete = false, tried_at = null
        where s.stored = of_store and s.dims > above and s.dims <= up_to and s.complete returning 1)
    select count(*) from lost
$$;
select chatsphere.definer('segments_lost(text, int, int)');

-- The table of the store pgvector, where the extension is. Each `chatsphere migrate` calls this: the extension may
-- come later, and with a newer version half-precision numbers.
create function migrated() returns void language plpgsql as $$
declare
    ext text;
    kind text;
begin
    if not exists (select from pg_available_extensions where name = 'vector') then return; end if;
    begin
        create extension if not exists vector schema retrieve;
    exception when insufficient_privilege then
        raise warning 'the extension vector is available, and only a superuser may create it: create extension vector';
        return;
    end;
    select n.nspname into ext from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'vector';
    kind := format('%I.%I', ext, case when to_regtype(format('%I.halfvec', ext)) is null then 'vector' else 'halfvec' end);
    if to_regclass('retrieve.vectors') is null then
        execute format('create table retrieve.vectors (tenant_id uuid not null, bot_id uuid not null, space text not null,
            document_id uuid not null, version bigint not null, ord int not null, v %s not null,
            primary key (tenant_id, bot_id, space, document_id, version, ord)) with (toast_tuple_target = 8160)', kind);
        alter table retrieve.vectors alter column v set storage external;
        perform chatsphere.tenant_table('retrieve.vectors');
    elsif (select atttypid from pg_attribute where attrelid = 'retrieve.vectors'::regclass and attname = 'v') <> kind::regtype then
        execute format('alter table retrieve.vectors alter column v type %1$s using v::%1$s', kind);
    end if;
    execute format($f$
        create or replace function retrieve.vectors_put(of_tenant uuid, of_bot uuid, of_document uuid, of_version bigint,
            of_space text, first int, texts text[]) returns bigint language plpgsql set search_path = retrieve, %1$I, pg_temp as $b$
        declare stored bigint;
        begin
            perform from segments s where s.tenant_id = of_tenant and s.bot_id = of_bot and s.document_id = of_document
                and s.version = of_version and s.space = of_space and s.first_ord = first for share;
            if not found then return -1; end if;
            insert into vectors (tenant_id, bot_id, space, document_id, version, ord, v)
                select of_tenant, of_bot, of_space, of_document, of_version, first + t.i - 1, t.v::%2$s
                from unnest(texts) with ordinality t(v, i)
                on conflict (tenant_id, bot_id, space, document_id, version, ord) do update set v = excluded.v;
            get diagnostics stored = row_count;
            return stored;
        end $b$
    $f$, ext, kind);
    -- exact over the rows of one bot: an index over all of them would lose answers, see docs/retrieve.md
    execute format($f$
        create or replace function retrieve.vectors_nearest(of_tenant uuid, of_bot uuid, of_space text, question text, most int)
            returns table (document_id uuid, version bigint, ord int, score float8)
            language plpgsql stable set search_path = retrieve, %1$I, pg_temp as $b$
        declare q %2$s := question::%2$s;
        begin
            return query select x.document_id, x.version, x.ord, (1 - (x.v <=> q))::float8 from vectors x
                where x.tenant_id = of_tenant and x.bot_id = of_bot and x.space = of_space order by x.v <=> q limit most;
        end $b$
    $f$, ext, kind);
end $$;
revoke all on function migrated() from public;
