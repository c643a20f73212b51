# shellcheck shell=bash disable=SC2154
# Calls of tools that wait for an approval: the part `agents` of tests/stack/run, which sources this.

# agents_ask <token> <conversation> <file> <content>: a streamed answer into a file, in the background; its process into $asked
agents_ask() {
    curl -sSN --max-time 60 -H "Authorization: Bearer $1" -H 'Content-Type: application/json' -H 'Accept: text/event-stream' \
        -d "$(jq -n --arg c "$4" '{content: $c}')" "$base_url/api/v1/conversations/$2/messages" >"$3" 2>&1 &
    asked=$!
}

# agents_comes <file> <pattern>: waits until the stream has a line like that
agents_comes() {
    for _ in {1..200}; do
        grep -qsE "$2" "$1" && return
        sleep 0.1
    done
    bad "no $2 came: $(tail -c 600 "$1")"
    return 1
}

# agents_data <file> <event> <filter>: of the first event of that name
agents_data() { awk -v e="event: $2" '$0 == e { getline; sub(/^data: /, ""); print; exit }' "$1" | jq -r "$3"; }

agents_decide() { # <token> <turn> <call> <true or false>: the status
    status_of POST "$port" "$1" "/api/v1/turns/$2/approvals" "{\"call_id\":\"$3\",\"approve\":$4}"
}

# A call waits, a stranger cannot decide, the caller can once, and the tool then runs or does not.
agents() {
    local token other bot conversation dir turn call asked got count
    dir=$(mktemp -d)
    token=$(new_user "agents-$RANDOM$RANDOM" | jq -r .access_token)
    other=$(new_user "agents-$RANDOM$RANDOM" | jq -r .access_token)
    bot=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Writer"}' | jq -r .id)
    status_of PUT "$port" "$token" "/api/v1/bots/$bot/provider-keys/house" "{\"api_key\":\"sk-x\",\"base_url\":\"$provider_url/v1\"}" >/dev/null
    status_of PATCH "$port" "$token" "/api/v1/bots/$bot" "{\"configuration\":{\"agent_type\":\"tool_using\",\"llm_provider\":\"house\",\"llm_model\":\"w?script=1\",
        \"tools\":[{\"type\":\"http\",\"name\":\"create\",\"method\":\"POST\",\"write\":true,\"url\":\"$provider_url/echo/create\",\"parameters\":{\"type\":\"object\"}}]}}" >/dev/null
    conversation=$(body_of POST "$port" "$token" /api/v1/conversations "{\"bot_id\":\"$bot\"}" | jq -r .id)

    agents_ask "$token" "$conversation" "$dir/yes" 'call: create {"title": "Lamp"}'
    agents_comes "$dir/yes" '^event: approval_required' || return
    turn=$(agents_data "$dir/yes" start .turn_id) call=$(agents_data "$dir/yes" approval_required .call_id)
    got=$(agents_data "$dir/yes" approval_required '.name + " " + .arguments.title')
    if [[ $got == 'create Lamp' ]]; then ok "a call that changes something asks for an approval, with its arguments"; else bad "approval_required says $got"; fi
    got=$(agents_decide "$other" "$turn" "$call" true)/$(agents_decide "$token" "$turn" other true)
    if [[ $got == 404/404 ]]; then ok "a foreign turn and an unknown call are 404"; else bad "a foreign turn and an unknown call gave $got"; fi
    if grep -q '^event: tool_result' "$dir/yes"; then bad "the tool ran without an approval"; else ok "the tool waits"; fi
    got=$(agents_decide "$token" "$turn" "$call" true)
    if [[ $got == 204 ]]; then ok "the caller approves"; else bad "the approval of the caller gave $got"; fi
    agents_comes "$dir/yes" '^event: end' || return
    wait "$asked"
    if agents_data "$dir/yes" tool_result .content | grep '"method":"POST"' >/dev/null; then ok "the approved tool runs"; else bad "the approved tool said $(agents_data "$dir/yes" tool_result .)"; fi
    got=$(agents_decide "$token" "$turn" "$call" true)
    if [[ $got == 409 ]]; then ok "a call is decided once"; else bad "a second decision gave $got"; fi

    count=$(curl -sS --max-time 5 "$provider_url/last" | jq .count)
    agents_ask "$token" "$conversation" "$dir/no" 'call: create {}'
    agents_comes "$dir/no" '^event: approval_required' || return
    agents_decide "$token" "$(agents_data "$dir/no" start .turn_id)" "$(agents_data "$dir/no" approval_required .call_id)" false >/dev/null
    agents_comes "$dir/no" '^event: end' || return
    wait "$asked"
    got=$(agents_data "$dir/no" tool_result '"\(.failed) \(.content)"')
    if [[ $got == 'true The user did not approve'* ]]; then ok "a rejected call is told to the model"; else bad "a rejected call gave $got"; fi
    got=$(($(curl -sS --max-time 5 "$provider_url/last" | jq .count) - count))
    if ((got == 2)); then ok "a rejected tool does not run"; else bad "$got requests were made for a rejected call"; fi

    agents_ask "$token" "$conversation" "$dir/stop" 'call: create {}'
    agents_comes "$dir/stop" '^event: approval_required' || return
    status_of POST "$port" "$token" "/api/v1/turns/$(agents_data "$dir/stop" start .turn_id)/cancel" '' >/dev/null
    agents_comes "$dir/stop" '^event: end' || return
    wait "$asked"
    got=$(agents_data "$dir/stop" end .finish_reason)
    if [[ $got == cancelled ]]; then ok "a turn that waits is cancelled"; else bad "a cancelled turn that waited ended with $got"; fi
    rm -r "$dir"
}
