# shellcheck shell=bash disable=SC2154
# Events and jobs that fail for good: they hold up nothing, become dead letters with a reason, and are replayed or dropped. A part of
# tests/stack/run, which sources this.

# dlq <command> [option...]: of the operator's program
dlq() {
    CHATSPHERE_NATS_URL=nats://127.0.0.1:$nats_port CHATSPHERE_NATS_CREDS=$state/nats/creds/ops.creds \
        timeout 60 "$bin/chatsphere" dlq "$@"
}

# poison_id <number>: an id of this moment that only this test has
poison_id() { printf '%s-%s-7000-8000-%012x' "${poison_ms:0:8}" "${poison_ms:8:4}" "$1"; }

# event_put <schema> <tenant> <bot> <event> <first> <last> [payload]: events as the schema's service would have published them
event_put() {
    sql postgres owner "insert into $1.outbox (id, tenant_id, subject, headers, payload)
        select gen_random_uuid(), '$2', 'chatsphere.event.v1.$2.$3.$4', json_build_object('ce-id', gen_random_uuid(),
            'ce-type', 'io.chatsphere.$4.v1', 'ce-subject', '$(poison_id 0 | cut -c1-24)' || lpad(to_hex(i), 12, '0')), '${7:-}'
        from generate_series($5, $6) i"
}

# chat_wake <token> <bot>: its relay, which looks rarely while nothing happens
chat_wake() { body_of POST "$port" "$1" /api/v1/conversations "{\"bot_id\":\"$2\"}" >/dev/null; }

# counted <token> <number>: are so many messages counted within 10 s? What it is into $count, after how long into $took
counted() {
    local began=$EPOCHREALTIME
    for _ in {1..100}; do
        count=$(body_of GET "$port" "$1" /api/v1/usage | jq .messages)
        [[ $count == "$2" ]] && break
        sleep 0.1
    done
    took=$(awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - $began }")
    [[ $count == "$2" ]]
}

# letters <command of jq>: of the dead letters of $tenant, as one array
letters() { dlq list --tenant "$tenant" --json 2>/dev/null | jq -rs "$1"; }

# A tenth failure makes a dead letter of an event; before and after it the others are counted at once.
poison_event() {
    local count='' took bad_id letter number
    bad_id=$(poison_id 7)
    sql postgres owner "create function auth.poison() returns trigger language plpgsql as
        \$\$ begin raise exception 'poison' using errcode = '22003'; end \$\$;
        create trigger poison before insert on auth.counted_messages for each row when (new.id = '$bad_id') execute function auth.poison()"
    event_put chat "$tenant" "$bot" message.completed 1 41
    chat_wake "$token" "$bot"
    if counted "$token" 40; then ok "40 events beside a poisoned one are counted, after $took s"; else bad "of 40 events beside a poisoned one $count are counted after $took s"; fi
    sleep 3 # its later tries are alone
    event_put chat "$tenant" "$bot" message.completed 101 105
    chat_wake "$token" "$bot"
    if counted "$token" 45; then ok "events that come while it is tried again are counted, after $took s"; else bad "of 45 events $count are counted after $took s"; fi
    for _ in {1..130}; do
        [[ $(letters length) == 1 ]] && break
        sleep 1
    done
    letter=$(letters 'map(select(.name == "message_completed"))[0]')
    number=$(jq -r .number <<<"$letter")
    if [[ $(jq -r '.service + " " + .deliveries + " " + .reason' <<<"$letter") == 'auth 10 database: state 22003 '* &&
        $(metric auth 'cs_dead_letters_total{kind="event"}') == 1 ]]; then
        ok "the poisoned one is a dead letter after 10 deliveries: $(jq -r .reason <<<"$letter")"
    else
        bad "of the poisoned event is kept: $letter"
        return
    fi
    if [[ $(dlq show "$number") == *"$bad_id"* || $(dlq show "$number" --json | jq -r .subject) == chatsphere.event.v1."$tenant".*.message.completed ]]; then
        ok "it is shown by its number"
    else
        bad "dlq show: $(dlq show "$number" 2>&1)"
    fi
    sql postgres owner 'drop trigger poison on auth.counted_messages; drop function auth.poison()'
    dlq replay "$number" >/dev/null || bad "dlq replay $number failed"
    if counted "$token" 46 && [[ $(letters length) == 0 ]]; then
        ok "it is counted when the cause is gone and it is replayed"
    else
        bad "after the replay $count are counted, and kept: $(letters .)"
    fi
}

# What no other delivery would make better is a dead letter at once, of each service that could not take it.
poison_unreadable() {
    local kept
    event_put bot_store "$tenant" _ bot.deleted 301 301
    body_of POST "$port" "$token" /api/v1/bots '{"name":"Wake"}' >/dev/null
    sql postgres owner "insert into ingest.outbox (id, tenant_id, subject, headers, payload)
        values (gen_random_uuid(), '$tenant', 'chatsphere.job.v1.ingest.document.$tenant', '{}', '\\x0a')"
    body_of POST "$port" "$token" "/api/v1/bots/$bot/documents" '{"name":"wake.md","text":"# Wake"}' >/dev/null
    for _ in {1..50}; do
        kept=$(letters 'map("\(.service) \(.name) \(.deliveries) \(.reason)") | sort | join("; ")')
        [[ $kept == *'ingest bot_deleted'*'ingest document'*'retrieve bot_deleted'* ]] && break
        sleep 0.2
    done
    if [[ $kept == 'ingest bot_deleted 1 The event names no bot.; ingest document 1 The ticket is malformed.; retrieve bot_deleted 1 The event names no bot.' ]]; then
        ok "an event and a job that cannot be read are dead letters at once, for each service"
    else
        bad "of an event and a job that cannot be read is kept: $kept"
    fi
    kept=$(letters 'map(select(.service == "retrieve"))[0].number')
    dlq replay "$kept" >/dev/null
    for _ in {1..50}; do # what fails again is kept again, for that service alone
        kept=$(letters 'map("\(.service) \(.name)") | sort | join("; ")')
        [[ $kept == 'ingest bot_deleted; ingest document; retrieve bot_deleted' ]] && break
        sleep 0.2
    done
    if [[ $kept == 'ingest bot_deleted; ingest document; retrieve bot_deleted' ]]; then ok "a replay that fails is kept again"; else bad "after a replay that fails is kept: $kept"; fi
    dlq drop all --tenant "$tenant" >/dev/null
    if [[ $(letters length) == 0 ]]; then ok "dead letters are dropped"; else bad "after dlq drop is kept: $(letters .)"; fi
}

# What is wrong is said, and the status is 1 or 2.
dlq_errors() {
    local said status
    said=$(dlq show 999999999 2>&1)
    status=$?
    said+="; $(dlq replay seven 2>&1)"
    status+=" $?"
    said+="; $(dlq list --service nobody 2>&1)"
    status+=" $?"
    if [[ $status == '1 2 2' && $said == *'there is no dead letter 999999999'*'must be a number'*'--service must be a service'* ]]; then
        ok "dlq names what is wrong"
    else
        bad "dlq said ($status): $said"
    fi
}

poison() {
    local session token tenant bot poison_ms
    poison_ms=$(printf '%012x' "$(date +%s%3N)")
    session=$(new_user "poison-$RANDOM$RANDOM") token=$(jq -r .access_token <<<"$session") tenant=$(jq -r .workspace.id <<<"$session")
    bot=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Poison"}' | jq -r .id)
    poison_event
    poison_unreadable
    dlq_errors
}
