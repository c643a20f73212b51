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
