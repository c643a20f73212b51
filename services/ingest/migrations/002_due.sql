-- A document that waits its turn has its ticket: a new one each minute would flood the stream when
-- thousands wait. A ticket is written at once only for what a dead process left lying, or after a
-- try that failed; otherwise after 10 minutes, because tickets do get lost.

-- What reconciling has to do, at most n of each: 'work' waits without a ticket, 'dead' was tried too
-- often, 'stale' was never uploaded to the end, 'erase' is not erased yet.
create or replace function due(n int) returns table (what text, tenant_id uuid, bot_id uuid, id uuid, version bigint)
language plpgsql as $$
begin
    return query with d as (
        select c.tenant_id, c.id from documents c
        where claimable(c) and (c.ticket_at is null or c.ticket_at < now() - interval '10 minutes'
            or c.ticket_at < greatest(c.retry_at, c.lease_until))
        limit n for update skip locked
    )
    update documents c set ticket_at = now() from d where c.tenant_id = d.tenant_id and c.id = d.id
    returning 'work', c.tenant_id, c.bot_id, c.id, c.version;

    return query select 'dead', c.tenant_id, c.bot_id, c.id, c.version from documents c
        where c.uploaded_at is not null and c.status in ('uploaded', 'extracting', 'chunking', 'embedding')
            and c.attempts >= 5 and (c.lease_until is null or c.lease_until < now()) limit n;

    return query select 'stale', c.tenant_id, c.bot_id, c.id, c.version from documents c
        where c.uploaded_at is null and c.status = 'uploaded' and c.created_at < now() - interval '24 hours'
        limit n;

    return query with e as (
        select x.tenant_id, x.document_id from erasures x
        where x.not_before < now() and x.ticket_at < now() - interval '30 seconds'
        limit n for update skip locked
    )
    update erasures x set ticket_at = now() from e
    where x.tenant_id = e.tenant_id and x.document_id = e.document_id
    returning 'erase', x.tenant_id, x.bot_id, x.document_id, 0::bigint;
end $$;
select chatsphere.definer('due(int)');
