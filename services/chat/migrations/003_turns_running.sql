-- Whether anyone's turn is under way: then lapsed leases are looked for often, else seldom.
create function turns_running() returns boolean language sql stable as $$
    select exists (select from turns where status = 'running')
$$;
select chatsphere.definer('turns_running()');
