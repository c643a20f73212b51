# shellcheck shell=bash disable=SC2154
# What a hostile provider may do to others: the part `providers` of tests/stack/run, which sources this.

# used <tenant> <tokens>: counts a message with so many tokens of each kind; then the tokens of the month
used() {
    sql postgres owner "select auth.use(array['$1']::uuid[], array[gen_random_uuid()], array[(extract(epoch from now()) * 1000)::bigint],
        array[$2], array[$2])" >/dev/null
    sql postgres owner "select prompt_tokens || ' ' || completion_tokens from auth.usage where tenant_id = '$1'"
}

# Numbers of tokens that an event should never hold: counted within limits, and a sum ends at the largest number.
providers_counts() {
    local tenant got most=9223372036854775807
    tenant=$(new_user "counts-$RANDOM$RANDOM" | jq -r .workspace.id)
    got=$(used "$tenant" $most)/$(used "$tenant" -5000000)
    if [[ $got == '10000000 10000000/10000000 10000000' ]]; then ok "a message counts 0 to 10,000,000 tokens"; else bad "messages of too many and of negative tokens counted $got"; fi
    sql postgres owner "update auth.usage set prompt_tokens = $most - 5, completion_tokens = $most where tenant_id = '$tenant'"
    got=$(used "$tenant" 10)
    if [[ $got == "$most $most" ]]; then ok "a sum of tokens ends at the largest number"; else bad "the largest sum of tokens and 10 make '$got'"; fi
}

# providers_bot <token> <base_url> <configuration>: the id of a bot with the provider `house` there
providers_bot() {
    local bot
    bot=$(body_of POST "$port" "$1" /api/v1/bots '{"name":"Hostile"}' | jq -r .id)
    status_of PUT "$port" "$1" "/api/v1/bots/$bot/provider-keys/house" "{\"api_key\":\"sk-x\",\"base_url\":\"$2\"}" >/dev/null
    status_of PATCH "$port" "$1" "/api/v1/bots/$bot" "{\"configuration\":$3}" >/dev/null
    printf '%s' "$bot"
}

# providers_ask <token> <bot> <message as JSON>: the answer, and its status on a line of its own
providers_ask() {
    local conversation
    conversation=$(body_of POST "$port" "$1" /api/v1/conversations "{\"bot_id\":\"$2\"}" | jq -r .id)
    curl -sSN --max-time 90 -w '\n%{http_code}\n' -H 'Content-Type: application/json' -H "Authorization: Bearer $1" -d "$3" \
        "http://127.0.0.1:$port/api/v1/conversations/$conversation/messages"
}

memory_of() { awk -v name="$2:" '$1 == name { print $2 }' "/proc/$(pid_of "$1")/status"; } # KiB

# Answers of every hostile kind, all at once: chat and embed stay small, and each caller gets a reason.
providers_memory() {
    local token name kind bot n dir base=() grown i=0 pids=()
    dir=$(mktemp -d)
    token=$(new_user "flood-$RANDOM$RANDOM" | jq -r .access_token)
    for name in chat embed; do # what was freed must not look as if it were in use
        restart_with "$name" "ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=1:thread_local_quarantine_size_kb=64"
        echo 5 >"/proc/$(pid_of "$name")/clear_refs" # the peak begins anew
        base+=("$(memory_of "$name" VmRSS)")
    done
    for kind in {1..11}; do
        bot=$(providers_bot "$token" "$provider_url/v1" "{\"llm_provider\":\"house\",\"llm_model\":\"m?flood=$kind\",\"embedding_provider\":\"house\",\"embedding_model\":\"m?flood=$kind\"}")
        status_of POST "$port" "$token" "/api/v1/bots/$bot/documents" '{"name":"f.md","text":"# F\n\nFlood."}' >/dev/null
        providers_ask "$token" "$bot" '{"content":"Whole?"}' >"$dir/$kind-whole" 2>&1 &
        pids+=($!)
        providers_ask "$token" "$bot" '{"content":"Streamed?","stream":true}' >"$dir/$kind-stream" 2>&1 &
        pids+=($!)
    done
    wait "${pids[@]}"
    for _ in {1..120}; do # every document was tried at least once
        n=$(metric embed cs_egress_seconds_count)
        ((n >= 11)) && break
        sleep 0.5
    done
    for name in chat embed; do
        grown=$((($(memory_of "$name" VmHWM) - base[i++]) / 1024))
        if ((grown <= 64)); then ok "$name grows by $grown MiB whatever a provider answers"; else bad "$name grows by $grown MiB with hostile answers"; fi
    done
    n=$(grep -lx 502 "$dir"/*-whole | wc -l)
    if ((n == 11)); then ok "a whole answer of every hostile kind is 502"; else bad "$n of 11 whole answers are 502: $(tail -qn 1 "$dir"/*-whole | sort | uniq -c | tr '\n' ' ')"; fi
    n=$(grep -l '"status":502' "$dir"/*-stream | wc -l)
    if ((n == 11)); then ok "a stream of every hostile kind ends with an error"; else bad "$n of 11 streams end with an error: $(grep -L '"status":502' "$dir"/*-stream | xargs tail -n 3)"; fi
    rm -rf "$dir"
}

# Ten turns to names whose server is silent, beside the stream of another workspace.
providers_names() {
    local loud quiet bot i line now last=0 gap=0 most=0 pids=()
    restart_with chat "LD_PRELOAD=$bin/test-names.so" "ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0"
    loud=$(new_user "loud-$RANDOM$RANDOM" | jq -r .access_token)
    quiet=$(new_user "quiet-$RANDOM$RANDOM" | jq -r .access_token)
    for i in {1..10}; do
        bot=$(providers_bot "$loud" "http://$i.silent.test/v1" '{"llm_provider":"house","llm_model":"m"}')
        providers_ask "$loud" "$bot" '{"content":"Anybody?","stream":true}' >/dev/null 2>&1 &
        pids+=($!)
    done
    bot=$(providers_bot "$quiet" "$provider_url/v1" '{"llm_provider":"house","llm_model":"m?words=160&token=50"}')
    while read -r line; do
        [[ $line == data:* ]] || continue
        now=${EPOCHREALTIME/[.,]/}
        if ((last)); then gap=$((now - last > gap ? now - last : gap)); fi
        last=$now
        i=$(metric chat cs_egress_resolving)
        most=$((i > most ? i : most))
    done < <(providers_ask "$quiet" "$bot" '{"content":"Go on?","stream":true}')
    wait "${pids[@]}" # a turn outlives its client, and a stop waits for it
    if ((gap > 0 && gap < 2000000)); then ok "a stream stands still for $((gap / 1000)) ms at most beside ten silent names"; else bad "a stream stands still for $((gap / 1000)) ms beside ten silent names"; fi
    i=$(metric chat cs_egress_turn_max_ms)
    if ((i < 2000)); then ok "the longest turn of the engine took $i ms"; else bad "a turn of the engine took $i ms"; fi
    if ((most > 0 && most <= 2)); then ok "one workspace resolves $most names at a time"; else bad "one workspace resolves $most names at a time"; fi
    restart_with chat
    restart_with embed
}

providers() {
    providers_counts
    providers_memory
    providers_names
}
