# shellcheck shell=bash disable=SC2154
# The summary of a conversation outlives the process that makes it: the part `digests` of tests/stack/run, which sources this.

digest_model() { # <bot> <model>
    status_of PATCH "$port" "$token" "/api/v1/bots/$1" "{\"configuration\":{\"llm_provider\":\"house\",\"llm_model\":\"$2\"}}" >/dev/null
}

# digest_of <conversation>: status and summary
digest_of() { body_of GET "$port" "$token" "/api/v1/conversations/$1" | jq -r '"\(.status) \(.summary)"'; }

# chat is killed while a model makes the summary. The conversation has ended; another process makes the summary when the lease of
# the killed one has lapsed, and once.
digests() {
    local token bot talk seen pid name=digest-$RANDOM$RANDOM
    token=$(new_user "$name" | jq -r .access_token)
    bot=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Digest"}' | jq -r .id)
    status_of PUT "$port" "$token" "/api/v1/bots/$bot/provider-keys/house" "{\"api_key\":\"sk-digest\",\"base_url\":\"$provider_url/v1\"}" >/dev/null
    digest_model "$bot" "$name?words=4"
    talk=$(body_of POST "$port" "$token" /api/v1/conversations "{\"bot_id\":\"$bot\"}" | jq -r .id)
    status_of POST "$port" "$token" "/api/v1/conversations/$talk/messages" '{"content":"Where does the ferry leave?"}' >/dev/null
    digest_model "$bot" "$name?first=60000"
    status_of POST "$port" "$token" "/api/v1/conversations/$talk/end" '' >/dev/null &
    pid=$!
    for _ in {1..100}; do
        seen=$(digest_of "$talk")
        [[ $seen == ended* ]] && break
        sleep 0.1
    done
    shows "a conversation has ended while its summary is being made" 'ended null' "$seen"
    kill -KILL "$(pid_of chat)"
    for _ in {1..300}; do
        [[ $(digest_of "$talk" 2>/dev/null) == ended* ]] && break
        sleep 0.1
    done
    digest_model "$bot" "$name?words=6"
    sql postgres owner "update chat.conversations set digest_due = now() - interval '1 second' where id = '$talk'"
    for _ in {1..300}; do
        seen=$(digest_of "$talk")
        [[ $seen != *null ]] && break
        sleep 0.1
    done
    shows "its summary is made after the process was killed" 'ended the answer stands in passage [1]' "$seen"
    wait "$pid"
    shows "and once" '2 ' "$(sql postgres owner "select count(*) || ' ' || coalesce(max(digest_due)::text, '') from chat.passages p join chat.conversations c on c.id = p.conversation_id where c.id = '$talk'")"
}
