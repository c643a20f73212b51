# shellcheck shell=bash disable=SC2154
# Events: how small they are, how many bytes of them a workspace may cause, and what is erased when one was missed. A part of
# tests/stack/run, which sources this.

# events_of <tenant>: all that are kept, one JSON object a line
events_of() {
    CHATSPHERE_NATS_URL=nats://127.0.0.1:$nats_port CHATSPHERE_NATS_CREDS=$state/nats/creds/ops.creds timeout 60 "$bin/chatsphere" events tail \
        --tenant "$1" --since all --no-follow --json
}

# An event of a large change bears ids, a version and names.
event_small() {
    local session token tenant bot prompt told
    session=$(new_user "small-$RANDOM$RANDOM") token=$(jq -r .access_token <<<"$session") tenant=$(jq -r .workspace.id <<<"$session")
    bot=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Small"}' | jq -r .id)
    prompt=$(printf 'canary %.0s' {1..4000})
    body_of PATCH "$port" "$token" "/api/v1/bots/$bot" "{\"description\":\"d\",\"configuration\":{\"system_prompt\":\"$prompt\"}}" >/dev/null
    for _ in {1..50}; do
        told=$(events_of "$tenant" | grep bot.updated)
        [[ -n $told ]] && break
        sleep 0.1
    done
    if [[ ${#told} -gt 0 && ${#told} -lt 1000 && $told != *canary* &&
        $(jq -c '.data | [.bot_id, .version, .changed]' <<<"$told") == "[\"$bot\",2,[\"description\",\"configuration.system_prompt\"]]" ]]; then
        ok "the event of a change of 28 KB has ${#told} bytes, which name what changed"
    else
        bad "the event of a change of 28 KB has ${#told} bytes: ${told:0:400}"
    fi
}

# The event of a rating bears the rating, and never the comment.
event_feedback() {
    local session token tenant bot talk answer told
    session=$(new_user "rated-$RANDOM$RANDOM") token=$(jq -r .access_token <<<"$session") tenant=$(jq -r .workspace.id <<<"$session")
    bot=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Rated"}' | jq -r .id)
    talk=$(body_of POST "$port" "$token" /api/v1/conversations "{\"bot_id\":\"$bot\"}" | jq -r .id)
    answer=$(body_of POST "$port" "$token" "/api/v1/conversations/$talk/messages" '{"content":"hello"}' | jq -r .message.id)
    status_of POST "$port" "$token" "/api/v1/messages/$answer/feedback" '{"rating":"down","comment":"canary"}' >/dev/null
    for _ in {1..50}; do
        told=$(events_of "$tenant" | grep message.feedback)
        [[ -n $told ]] && break
        sleep 0.1
    done
    shows "the event of a rating names the message and the rating" "[\"$answer\",\"$talk\",\"$bot\",\"down\"]" \
        "$(jq -c '.data | [.message_id, .conversation_id, .bot_id, .rating]' <<<"$told")"
    shows "and not the comment" 0 "$(grep -c canary <<<"$told")"
}

# A workspace that changes without end is refused; another one is not. bot-store has 1 MiB a day for each meanwhile.
event_budget() {
    local session token bot other statuses
    restart_with bot-store CHATSPHERE_EVENT_MB=1
    token=$(new_user "flood-$RANDOM$RANDOM" | jq -r .access_token)
    bot=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Flood"}' | jq -r .id)
    statuses=$(for _ in {1..2000}; do printf 'url = %s\noutput = /dev/null\n' "$base_url/api/v1/bots/$bot"; done |
        timeout 120 curl -s --max-time 120 -w '%{http_code}\n' -X PATCH -H "Authorization: Bearer $token" \
            -H 'Content-Type: application/json' -d '{"description":"again"}' -K - | sort | uniq -c | awk '{ printf "%s:%s ", $2, $1 }')
    if [[ $statuses =~ ^200:[0-9]+\ 429:[0-9]+\ $ && $(metric bot-store cs_event_budget_refused_total) -gt 0 ]]; then
        ok "of 2000 changes of a bot a budget of 1 MiB of events accepts some: $statuses"
    else
        bad "2000 changes of a bot with a budget of 1 MiB of events: $statuses"
    fi
    statuses=$(curl -s --max-time 10 -o /dev/null -D - -X DELETE -H "Authorization: Bearer $token" "$base_url/api/v1/bots/$bot" | grep -ioE '^(HTTP/1.1 [0-9]+|retry-after: [0-9]+)' | tr '\n' ' ')
    other=$(new_user "calm-$RANDOM$RANDOM" | jq -r .access_token)
    if [[ $statuses =~ ^HTTP/1.1\ 429\ [Rr]etry-[Aa]fter: && $(status_of GET "$port" "$token" "/api/v1/bots/$bot") == 200 &&
        $(status_of POST "$port" "$other" /api/v1/bots '{"name":"Calm"}') == 201 ]]; then
        ok "then it gets 429 with Retry-After for changes, and not for reading; another workspace is served"
    else
        bad "with its budget spent a workspace gets: $statuses"
    fi
    restart_with bot-store
}

# left_of <bot>: how many rows of it ingest, retrieve and chat hold
left_of() {
    sql postgres owner "select (select count(*) from ingest.documents where bot_id = '$1') + (select count(*) from retrieve.chunks where bot_id = '$1')
        + (select count(*) from chat.conversations where bot_id = '$1')"
}

# What a deleted bot leaves is found by looking, when nobody got the event.
bot_deletion_missed() {
    local token bot kept doc before left
    token=$(new_user "missed-$RANDOM$RANDOM" | jq -r .access_token)
    bot=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Gone"}' | jq -r .id)
    kept=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Kept"}' | jq -r .id)
    for doc in "$bot" "$kept"; do
        body_of POST "$port" "$token" /api/v1/conversations "{\"bot_id\":\"$doc\"}" >/dev/null
        document_comes_to ready "$token" "/api/v1/bots/$doc/documents/$(body_of POST "$port" "$token" "/api/v1/bots/$doc/documents" \
            '{"name":"gone.md","text":"# Gone\n\nIt was here."}' | jq -r .document.id)" >/dev/null
    done
    before=$(left_of "$bot")
    sql postgres owner "delete from bot_store.bots where id = '$bot'" # no event, as if it had been pushed out
    for _ in {1..100}; do
        left=$(left_of "$bot")
        [[ $left == 0 ]] && break
        sleep 1
    done
    if [[ $before -ge 3 && $left == 0 && $(left_of "$kept") == "$before" ]]; then
        ok "a bot whose deletion nobody heard of is erased within two minutes, and no other one"
    else
        bad "of a bot whose deletion nobody heard of $left of $before rows are left, of another one $(left_of "$kept")"
    fi
}
