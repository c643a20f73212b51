# shellcheck shell=bash disable=SC2154
# State reaches every carrier: what a suspended user or workspace, a bot that was unpublished or deleted and a revoked key mean to
# requests of a session, a key and a visitor, to a job, and to streams that are under way. The part `carriers` of tests/stack/run,
# which sources this. It prints a table of states and carriers; a cell is what a carrier got, and until when it was served.

readonly CARRIER_KINDS=(session key visitor job session-stream key-stream visitor-stream)

# carrier_world: a user with everything under way, in the variables below; files in $dir
carrier_world() {
    local session name=carried-$RANDOM$RANDOM path
    session=$(new_user "$name") token=$(jq -r .access_token <<<"$session")
    user_id=$(jq -r .user.id <<<"$session") tenant=$(jq -r .workspace.id <<<"$session")
    key=$(body_of POST "$port" "$token" /api/v1/api-keys '{"name":"k","scopes":["bots:read","chat:read","chat:write"]}')
    key_id=$(jq -r .id <<<"$key") key=$(jq -r .secret <<<"$key")
    bot=$(share_new_bot "$token")
    status_of PATCH "$port" "$token" "/api/v1/bots/$bot" '{"configuration":{"llm_provider":"house","llm_model":"test?first=100&words=300&token=100",
        "embedding_provider":"house","embedding_model":"test?dims=64&first=1000","embedding_dimensions":64}}' >/dev/null
    for i in {1..1200}; do printf '# Chapter %d\n\n%s\n\n' "$i" "$(printf 'The sea is wide and the sails are white. %.0s' {1..6})"; done |
        jq -Rs '{name: "large.md", text: .}' >"$dir/large.json"
    path=/api/v1/bots/$bot/documents
    document=$(curl -s --max-time 20 -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -d "@$dir/large.json" "$base_url$path" | jq -r .document.id)
    document_comes_to embedding "$token" "$path/$document" >/dev/null
    sleep 2.2 # the bot may be known as it was before
    carrier_stream session-stream "$token" "/api/v1/conversations/$(share_conversation "$token" "$bot")/messages" '{"content":"Hello?","stream":true}'
    carrier_stream key-stream "$key" "/api/v1/conversations/$(share_conversation "$key" "$bot")/messages" '{"content":"Hello?","stream":true}'
    carrier_stream visitor-stream '' "/api/v1/chat/$bot" '{"message":"Hello?","stream":true}'
    for i in session-stream key-stream visitor-stream; do carrier_speaks "$i"; done
    visitor=$(grep -oE '"visitor_token":"[^"]+"' "$dir/visitor-stream" | cut -d'"' -f4)
    visit=$(grep -oE '"session_id":"[^"]+"' "$dir/visitor-stream" | cut -d'"' -f4)
}

carrier_stream() { # <name> <token> <path> <body>: its events in the file of its name, the time of its end in another one
    local args=(-sN --max-time 60 -H 'Content-Type: application/json' -d "$4")
    [[ -n $2 ]] && args+=(-H "Authorization: Bearer $2")
    { curl "${args[@]}" "$base_url$3" >"$dir/$1"; date +%s%3N >"$dir/$1.end"; } &
    pids+=($!)
}

carrier_speaks() { # <name>: until its stream has its first words
    for _ in {1..100}; do
        grep -qs '^event: delta' "$dir/$1" && return
        sleep 0.1
    done
    bad "the $1 did not begin: $(head -c 300 "$dir/$1")"
}

carrier_flip() { # <state>
    case $1 in
    user) status_of PATCH "$port" "$admin" "/api/v1/admin/users/$user_id" '{"status":"suspended"}' ;;
    workspace) status_of PATCH "$port" "$admin" "/api/v1/admin/workspaces/$tenant" '{"status":"suspended"}' ;;
    unpublished) status_of PATCH "$port" "$token" "/api/v1/bots/$bot" '{"is_public":false}' ;;
    deleted) status_of DELETE "$port" "$token" "/api/v1/bots/$bot" ;;
    key) status_of DELETE "$port" "$token" "/api/v1/api-keys/$key_id" ;;
    esac
}

# carrier_probe <name> <token> <path>: asks until the time is over; the last status, and when it was served last
carrier_probe() {
    local now=0 last=0 status=''
    while ((now < limit_ms + 1500)); do
        now=$(($(date +%s%3N) - began))
        status=$(status_of GET "$port" "$2" "$3")
        [[ $status == 200 ]] && last=$now
        sleep 0.05
    done
    echo "$last $status" >"$dir/$1.cell"
}

# The job is not seen through the API by whom it belongs to: its row says whether it is at work.
carrier_job() {
    local now=0 last=0 at=''
    while ((now < limit_ms + 1500)); do
        now=$(($(date +%s%3N) - began))
        at=$(sql postgres owner "select case when s.paused_at is not null and d.runner is null then 'waits' else 'works' end
            from ingest.documents d left join ingest.served s using (tenant_id) where d.id = '$document'" 2>&1)
        [[ $at == works ]] && last=$now
        sleep 0.05
    done
    echo "$last ${at:-gone}" >"$dir/job.cell"
}

# When a stream ended, and the status of its problem; one that goes on has neither.
carrier_stream_cell() { # <name>
    local status
    if [[ ! -s $dir/$1.end ]]; then
        echo "$((limit_ms + 1500)) speaks"
        return
    fi
    status=$(grep -A1 '^event: error' "$dir/$1" | sed -n 's/^data: //p' | jq -r '.problem | if (.detail | length) > 10 then .status else "no reason" end')
    echo "$(($(<"$dir/$1.end") - began)) ${status:-no reason}"
}

# carrier_row <state> <expected cell...>: in the order of the kinds
carrier_row() {
    local what=$1 dir token user_id tenant key key_id bot document visitor visit began limit_ms i cell line pids=() probes=()
    shift
    dir=$(mktemp -d)
    carrier_world
    status_of GET "$port" "$token" "/api/v1/bots/$bot" >/dev/null # all is known and cached when it changes
    status_of GET "$port" "$key" "/api/v1/bots/$bot" >/dev/null
    status_of GET "$port" "$visitor" "/api/v1/chat/$bot/session/$visit" >/dev/null
    limit_ms=$(($(slowness) * 2000))
    began=$(date +%s%3N)
    carrier_flip "$what" >"$dir/flip"
    carrier_probe session "$token" "/api/v1/bots/$bot" & probes+=($!)
    carrier_probe key "$key" "/api/v1/bots/$bot" & probes+=($!)
    carrier_probe visitor "$visitor" "/api/v1/chat/$bot/session/$visit" & probes+=($!)
    carrier_job & probes+=($!)
    wait "${probes[@]}"
    for i in session-stream key-stream visitor-stream; do carrier_stream_cell "$i" >"$dir/$i.cell"; done
    printf -v line '%-12s' "$what"
    for i in "${CARRIER_KINDS[@]}"; do
        read -r ms cell <"$dir/$i.cell"
        case $cell in 200 | works | speaks) printf -v line '%s %16s' "$line" "$cell" ;; *) printf -v line '%s %16s' "$line" "$ms ms $cell" ;; esac
        if [[ $cell != "$1" ]]; then
            bad "$what: the $i got '$cell' instead of '$1' (the change was answered $(<"$dir/flip"))"
        elif [[ $cell != 200 && $cell != works && $cell != speaks ]] && ((ms > limit_ms)); then
            bad "$what: the $i was served for $ms ms"
        else
            ok "$what: the $i got $cell"
        fi
        shift
    done
    carrier_table+=$line$'\n'
    if [[ $what == user || $what == workspace ]]; then carrier_resume "$what"; fi
    kill "${pids[@]}" 2>/dev/null
    wait "${pids[@]}"
    rm -rf "$dir"
}

# What waited goes on when the state is good again; the sessions of a workspace, too.
carrier_resume() { # <state>
    local status=''
    if [[ $1 == user ]]; then
        status_of PATCH "$port" "$admin" "/api/v1/admin/users/$user_id" '{"status":"active"}' >/dev/null
    else
        status_of PATCH "$port" "$admin" "/api/v1/admin/workspaces/$tenant" '{"status":"active"}' >/dev/null
    fi
    for _ in {1..300}; do
        status=$(sql postgres owner "select status || ' ' || attempts from ingest.documents where id = '$document'")
        [[ $status == ready* ]] && break
        sleep 0.1
    done
    if [[ $status == 'ready 1' ]]; then ok "$1: the document that waited becomes ready, and no try was lost"; else bad "$1: the document that waited is '$status'"; fi
    if [[ $1 == workspace ]]; then
        status=$(status_of GET "$port" "$token" /api/v1/auth/me)
        if [[ $status == 200 ]]; then ok "$1: its sessions go on"; else bad "$1: its session got $status after the resumption"; fi
    fi
}

carriers() {
    local admin carrier_table='' i
    admin=$(admin_token)
    carrier_row user 401 401 403 waits 403 403 403
    carrier_row workspace 401 401 403 waits 403 403 403
    carrier_row unpublished 200 200 404 works speaks speaks 403
    carrier_row deleted 404 404 404 gone 403 403 403
    carrier_row key 200 401 200 works speaks 403 speaks
    printf '  %-12s' state
    printf ' %16s' "${CARRIER_KINDS[@]}"
    echo
    printf '%s' "$carrier_table" | sed 's/^/  /'
}
