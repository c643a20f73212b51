-- What every schema shares: the list of applied migrations, and the three functions with which a
-- migration says who may see a table and who may call a function. The migrator needs CREATEROLE
-- and CREATE on the database, neither SUPERUSER nor BYPASSRLS.

create table migrations (
    schema text not null,
    name text not null,
    hash text not null,
    applied_at timestamptz not null default now(),
    primary key (schema, name)
);

-- chatsphere_<schema> of the schema a table or function is in
create function service_role(of_schema oid) returns text language sql stable as $$
    select 'chatsphere_' || nspname from pg_namespace where oid = of_schema
$$;

-- Reading and writing for the schema's role and for the definer functions, serial columns included.
-- No row security: for tables without a tenant.
create function open_table(t regclass) returns void language plpgsql as $$
declare
    role text := chatsphere.service_role((select relnamespace from pg_class where oid = t));
    s regclass;
begin
    execute format('grant select, insert, update, delete on %s to %I, chatsphere_definer', t, role);
    for s in select d.objid::regclass from pg_depend d join pg_class c on c.oid = d.objid
        where d.refobjid = t and d.deptype in ('a', 'i') and c.relkind = 'S'
    loop
        execute format('grant usage, select on sequence %s to %I, chatsphere_definer', s, role);
    end loop;
end $$;

-- For tables with tenant_id: the role sees the rows of the tenant named in the transaction and no
-- other. FORCE binds the owner too; a migration that changes rows says `set local role
-- chatsphere_definer` first.
create function tenant_table(t regclass) returns void language plpgsql as $$
declare
    role text := chatsphere.service_role((select relnamespace from pg_class where oid = t));
    mine text := 'tenant_id = nullif(current_setting(''chatsphere.tenant'', true), '''')::uuid';
begin
    perform chatsphere.open_table(t);
    execute format('alter table %s enable row level security, force row level security', t);
    execute format('create policy tenant on %s to %I using (%s) with check (%s)', t, role, mine, mine);
    execute format('create policy definer on %s to chatsphere_definer using (true) with check (true)', t);
end $$;

-- A function for what has no tenant yet (login, key look-up, relay, janitor): it runs as
-- chatsphere_definer, who sees all tenants, and only the schema's role may call it.
create function definer(f regprocedure) returns void language plpgsql as $$
declare
    space oid := (select pronamespace from pg_proc where oid = f);
    schema text := (select nspname from pg_namespace where oid = space);
begin
    execute format('alter function %s security definer set search_path = %I, pg_temp', f, schema);
    execute format('revoke all on function %s from public', f);
    execute format('grant execute on function %s to %I', f, chatsphere.service_role(space));
    -- the new owner must be allowed to create there, but only for this moment
    execute format('grant create on schema %I to chatsphere_definer', schema);
    execute format('alter function %s owner to chatsphere_definer', f);
    execute format('revoke create on schema %I from chatsphere_definer', schema);
end $$;

revoke all on function service_role(oid), open_table(regclass), tenant_table(regclass), definer(regprocedure)
    from public;
