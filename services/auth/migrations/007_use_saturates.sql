-- Tokens of a message count between 0 and ten million, and a sum ends at the largest number of its
-- column: no event, whatever it says, stops the counting of those that come with it.
create or replace function use(tenants uuid[], ids uuid[], times bigint[], prompts bigint[], completions bigint[])
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
    select tenant_id,
           date_trunc('month', to_timestamp(least(greatest(ms, 0), 253402300799999) / 1000.0) at time zone 'UTC')::date,
           count(*), sum(least(greatest(prompt, 0), 10000000)), sum(least(greatest(completion, 0), 10000000))
    from fresh join given using (tenant_id, id) group by 1, 2 order by 1, 2
    on conflict (tenant_id, month) do update set
        messages = usage.messages + excluded.messages,
        prompt_tokens = least(usage.prompt_tokens::numeric + excluded.prompt_tokens, 9223372036854775807)::bigint,
        completion_tokens = least(usage.completion_tokens::numeric + excluded.completion_tokens, 9223372036854775807)::bigint
$$;
select chatsphere.definer('use(uuid[], uuid[], bigint[], bigint[], bigint[])');
