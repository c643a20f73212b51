-- Messages of any workspace, which count once and not for a workspace that is gone. Ordered, so
-- that two at once do not wait for each other in a ring.
create function use(tenants uuid[], ids uuid[], times bigint[], prompts bigint[], completions bigint[])
returns void language sql volatile as $$
    with given as (
        select distinct on (tenant_id, id) g.* from
            unnest(tenants, ids, times, prompts, completions) as g (tenant_id, id, ms, prompt, completion)
            join auth.workspaces using (tenant_id)
        order by tenant_id, id
    ), fresh as (
        insert into auth.counted_messages (tenant_id, id) select tenant_id, id from given
        on conflict do nothing returning tenant_id, id
    )
    insert into auth.usage (tenant_id, month, messages, prompt_tokens, completion_tokens)
    select tenant_id, date_trunc('month', to_timestamp(ms / 1000.0) at time zone 'UTC')::date,
           count(*), sum(prompt), sum(completion)
    from fresh join given using (tenant_id, id) group by 1, 2 order by 1, 2
    on conflict (tenant_id, month) do update set
        messages = usage.messages + excluded.messages,
        prompt_tokens = usage.prompt_tokens + excluded.prompt_tokens,
        completion_tokens = usage.completion_tokens + excluded.completion_tokens
$$;
select chatsphere.definer('use(uuid[], uuid[], bigint[], bigint[], bigint[])');
