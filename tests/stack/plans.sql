-- How PostgreSQL finds a row by its primary key in a database that was just made, a line for each table: ok or bad, the
-- table, and the index. Without statistics all indexes that begin with tenant_id look alike; one that is read with a
-- filter reads the other rows of the tenant, and the plan is kept until there are statistics.
set plan_cache_mode = force_generic_plan;

create temp table found (verdict text, relation text, way text);

do $$
declare
    t record;
    plan jsonb;
    used text;
    narrow boolean;
begin
    for t in
        select c.oid, c.oid::regclass::text as name, i.indkey::int2[] as key, i.indnkeyatts as n,
            string_agg(format('%I = $%s', a.attname, k.place), ' and ' order by k.place) as conditions,
            string_agg(format_type(a.atttypid, null), ', ' order by k.place) as types
        from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace s on s.oid = c.relnamespace
        cross join unnest(i.indkey::int2[]) with ordinality k (number, place)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
        where i.indisprimary and c.relkind = 'r' and s.nspname not in ('pg_catalog', 'information_schema', 'chatsphere')
        group by c.oid, i.indkey, i.indnkeyatts
    loop
        execute format('prepare lookup (%s) as select * from %s where %s', t.types, t.name, t.conditions);
        execute format('explain (format json) execute lookup (%s)', rtrim(repeat('null, ', t.n), ', ')) into plan;
        deallocate lookup;
        used := substring(plan::text from '"Index Name": "([^"]+)"');
        -- an index that is unique by some of the key finds one row as well
        select i.indisunique and i.indkey::int2[] <@ t.key into narrow
            from pg_index i where i.indrelid = t.oid and i.indexrelid::regclass::text like '%' || used;
        insert into found values (
            case when used is not null and (narrow or plan::text not like '%"Filter"%') then 'ok' else 'bad' end,
            t.name, coalesce(used, plan -> 0 -> 'Plan' ->> 'Node Type'));
    end loop;
end
$$;

select verdict, relation, way from found order by 2;
