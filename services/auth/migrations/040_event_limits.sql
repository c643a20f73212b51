-- How many readers of its events outside the platform a workspace may have.
alter table plans add column max_webhooks bigint;
alter table plans add column max_event_subscriptions bigint;

update plans set max_webhooks = 20, max_event_subscriptions = 10 where name = 'free';
update plans set max_webhooks = 200, max_event_subscriptions = 100 where name = 'pro';
