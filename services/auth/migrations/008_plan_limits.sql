-- Numbers of a plan beyond those of 001, and the state of a workspace, which its staff sets.
alter table plans add column max_tokens bigint; -- of prompts and answers, a month
alter table plans add column max_api_keys bigint;
alter table plans add column max_public_messages_day bigint; -- of visitors, to one bot
alter table plans add column max_public_messages bigint;     -- the same a month

update plans set max_tokens = 100000000, max_api_keys = 100, max_public_messages_day = 2000,
    max_public_messages = 10000 where name = 'free';
update plans set max_tokens = 10000000000, max_api_keys = 1000, max_public_messages_day = 200000,
    max_public_messages = 1000000 where name = 'pro';

alter table workspaces add column status text not null default 'active'
    check (status in ('active', 'suspended'));
