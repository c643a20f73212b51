-- The tenant of a transaction as a sub-select, which the planner does not look into. With the plain
-- expression it planned for the very tenant that came first: for a new one, which owns nothing yet,
-- any index that begins with tenant_id is as good as the right one, and the cached plan then reads
-- every row of every tenant that comes later.

create or replace function tenant_table(t regclass) returns void language plpgsql as $$
declare
    role text := chatsphere.service_role((select relnamespace from pg_class where oid = t));
    mine text := 'tenant_id = (select nullif(current_setting(''chatsphere.tenant'', true), '''')::uuid)';
begin
    perform chatsphere.open_table(t);
    execute format('alter table %s enable row level security, force row level security', t);
    execute format('create policy tenant on %s to %I using (%s) with check (%s)', t, role, mine, mine);
    execute format('create policy definer on %s to chatsphere_definer using (true) with check (true)', t);
end $$;

do $$
declare
    mine text := 'tenant_id = (select nullif(current_setting(''chatsphere.tenant'', true), '''')::uuid)';
    p record;
begin
    for p in select * from pg_policies where policyname = 'tenant'
    loop
        execute format('alter policy tenant on %I.%I using (%s) with check (%s)', p.schemaname, p.tablename, mine, mine);
    end loop;
end $$;
