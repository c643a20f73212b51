# shellcheck shell=bash disable=SC2154
# What is broken while people work: the part `faults` of tests/stack/run, which sources this. The load and
# the awkward clients are tests/faults; each fault is judged from the one JSON object they print.

fault_token='' fault_bot='' fault_files='' fault_model_bot='' load_pid=''

new_bot() { # <name>
    body_of POST "$port" "$fault_token" /api/v1/bots "{\"name\":\"$1\"}" | jq -r .id
}

fault_world() { # a user, a bot with a document, all ready
    local name=faults-$RANDOM$RANDOM doc
    fault_user=$name
    fault_token=$(new_user "$name" | jq -r .access_token)
    fault_bot=$(new_bot Faults)
    fault_files=$(new_bot Files)
    doc=$(body_of POST "$port" "$fault_token" "/api/v1/bots/$fault_bot/documents" \
        '{"name":"sea.md","text":"# Masts\n\nMasts carry sails.\n\n# Sails\n\nSails catch the wind.\n"}' | jq -r .document.id)
    settled "$doc" 20 || bad "the first document does not become ready"
}

settled() { # <document> <seconds>: ready within the time?
    local until=$((SECONDS + $2))
    while ((SECONDS < until)); do
        [[ $(body_of GET "$port" "$fault_token" "/api/v1/bots/$fault_bot/documents/$1" 2>/dev/null | jq -r .status 2>/dev/null) == ready ]] && return
        sleep 0.1
    done
    return 1
}

load_begin() { # [other edge] [bot of a model]
    local urls=$base_url${1:+,$1} bots=$fault_bot,${2:-$fault_bot},$fault_files
    "$bin/faults" load "$urls" "$fault_token" "$bots" 120 >"$state/load.json" 2>>"$state/logs/load.log" &
    load_pid=$!
}

load_end() {
    kill -TERM "$load_pid"
    wait "$load_pid" || bad "the load exited with status $?"
}

# judge <what> <jq condition> [file]: one line for what was measured
judge() {
    local file=${3:-$state/load.json}
    if [[ $(jq -r "$2" "$file") == true ]]; then
        ok "$1: $(jq -c 'del(.odd, .slowest_ms)' "$file")"
    else
        bad "$1: $(jq -c . "$file" | cut -c 1-1500)"
    fi
}

# everything <what> <seconds>: within the time a turn, a job and its event work, and every service says it is well
everything() {
    local began=$SECONDS until=$((SECONDS + $2)) status='' doc='' conversation name=after-$RANDOM$RANDOM.md
    while [[ $status != true ]] && ((SECONDS < until)); do
        status=$(body_of GET "$port" '' /api/v1/status 2>/dev/null | jq '[.services[].status] | all(. == "ok")' 2>/dev/null)
        sleep 0.1
    done
    [[ $status == true ]] || { bad "$1: not all services are well after $2 s"; return; }
    while [[ -z $doc ]] && ((SECONDS < until)); do
        doc=$(body_of POST "$port" "$fault_token" "/api/v1/bots/$fault_bot/documents" \
            "{\"name\":\"$name\",\"text\":\"# After\\n\\nAfter the storm.\\n\"}" 2>/dev/null | jq -r '.document.id // empty' 2>/dev/null)
    done
    settled "$doc" $((until - SECONDS)) || { bad "$1: a document is not ready after $2 s"; return; }
    conversation=$(body_of POST "$port" "$fault_token" /api/v1/conversations "{\"bot_id\":\"$fault_bot\"}" | jq -r .id)
    status=$(body_of POST "$port" "$fault_token" "/api/v1/conversations/$conversation/messages" '{"content":"What of sails?"}' | jq -r .message.status)
    [[ $status == completed ]] || { bad "$1: a turn ends '$status'"; return; }
    status=$(body_of POST "$port" "$fault_token" "/api/v1/conversations/$conversation/messages" '{"content":"And masts?","stream":true}' | grep -c '^event: end')
    [[ $status == 1 ]] || { bad "$1: a stream does not end"; return; }
    heard "$doc" $((until - SECONDS)) || { bad "$1: the event of a document does not come"; return; }
    ok "$1: turns, jobs and events work after $((SECONDS - began)) s"
}

# No grep -q here: it leaves at the first match, what writes to it dies of that, and the pipe counts as failed.
heard() { # <document> <seconds>: is it told to all that the document is ready?
    local until=$((SECONDS + $2))
    while ((SECONDS <= until)); do
        if CHATSPHERE_NATS_URL=nats://127.0.0.1:$nats_port CHATSPHERE_NATS_CREDS=$state/nats/creds/ops.creds \
            "$bin/chatsphere" events tail --json --since all --no-follow 2>/dev/null | grep document.ready | grep "$1" >/dev/null; then
            return
        fi
        sleep 0.3
    done
    return 1
}

# None of the answers was odd; a lost stream, or a turn whose fate is unknown (504), is allowed for where the bus itself broke.
readonly WELL='(.odd == []) and .no_retry_after == 0 and (.get["200"] > 0)'
readonly GETS_WELL='([.get | keys[] | select(. != "200" and . != "503")] == []) and .no_retry_after == 0 and (.get["200"] > 0)'
readonly NO_500='([.get, .post, .patch, .turn, .stream, .upload, .file | select(.) | keys[] | select(. == "500" or . == "0" or . == "502")] == [])'

fault_broker() {
    load_begin
    sleep 1
    tools/stack restart nats >/dev/null
    sleep 2
    load_end
    judge "the broker restarts under load" "$GETS_WELL and $NO_500"
    everything "after the broker's restart" 60
}

fault_postgres() {
    load_begin
    sleep 1
    kill -INT "$(pid_of postgres)"
    sleep 3
    load_end
    judge "PostgreSQL restarts under load" "$WELL and $NO_500"
    everything "after PostgreSQL's restart" 60
}

fault_queue() {
    "$bin/faults" logins "$base_url" "$fault_user" 'correct horse battery' 200 >"$state/logins.json"
    judge "200 logins at once, more than their lane holds" \
        '(.login | (keys - ["200", "429", "503"] == []) and .["200"] > 0 and .["429"] > 0) and .no_retry_after == 0' "$state/logins.json"
    everything "after 200 logins at once" 60
}

fault_model() { # <model> [bot]: the bot is answered by the test provider from now on
    local bot=${2:-$fault_bot} key answer
    key=$(api PUT "$port" "$fault_token" "/api/v1/bots/$bot/provider-keys/house" \
        "{\"api_key\":\"sk-faults\",\"base_url\":\"$provider_url/v1\"}")
    answer=$(api PATCH "$port" "$fault_token" "/api/v1/bots/$bot" \
        "{\"configuration\":{\"llm_provider\":\"house\",\"llm_model\":\"$1\"}}")
    [[ ${answer##*$'\n'} == 200 ]] || bad "the model cannot be set: $key, then $answer"
}

fault_no_model() {
    api PATCH "$port" "$fault_token" "/api/v1/bots/$fault_bot" '{"configuration":{"llm_provider":"builtin","llm_model":null}}' >/dev/null
}

fault_slow_client() {
    fault_model 'test?words=9000&wide=1'
    "$bin/faults" stall "$base_url" "$fault_token" "$fault_bot" 8 250000 >"$state/stall.json"
    judge "8 readers stop reading: cut, little is kept for them, their turns are stored" \
        '.stream == {"cut": 8} and .turn == {"completed": 8} and .slowest_ms.kept_bytes < 1000000' "$state/stall.json"
    fault_no_model
}

# The workspace has as many places for turns as the next test takes: one that still ends would cost it one.
fault_turns_over() {
    for _ in {1..200}; do
        [[ $(metric chat 'cs_share_held{share="turns"}') == 0 ]] && return
        sleep 0.1
    done
}

fault_slow_provider() {
    fault_model 'test?first=3000&words=8'
    fault_turns_over
    "$bin/faults" turns "$base_url" "$fault_token" "$fault_bot" 32 >"$state/turns.json"
    judge "32 turns wait 3 s for their model and hold nobody up" \
        '.turn == {"200": 32, "completed": 32} and .slowest_ms.turn < 12000 and (.beside | keys == ["200"]) and .slowest_ms.beside < 1500' \
        "$state/turns.json"
    fault_no_model
}

# A file system of 1 MiB for the bodies of an edge: a large one is refused in words, small ones go on.
fault_full_disk() {
    local at=$state/full pid p file=$state/large.md status
    if ! unshare -m true 2>/dev/null && ! unshare -rm true 2>/dev/null; then
        skip "a full disk for bodies: this machine permits no mount of our own"
        return
    fi
    mkdir -p "$at"
    p=$(free_port)
    # shellcheck disable=SC2016
    edge_beside edge3 "$p" CHATSPHERE_SPILL_DIR="$at" \
        unshare -m${EUID:+$( ((EUID)) && echo r)} sh -c 'mount -t tmpfs -o size=1m none "$0" && exec "$1"' "$at"
    pid=$beside
    for _ in {1..200}; do ready edge3 && break; sleep 0.05; done
    yes 'Masts and sails, and sails and masts.' | head -c 5000000 >"$file"
    status=$(curl -s --max-time 20 -o "$state/full.json" -D "$state/full.head" -w '%{http_code}' -H "Authorization: Bearer $fault_token" \
        -F "file=@$file;type=text/markdown" "http://127.0.0.1:$p/api/v1/bots/$fault_bot/documents")
    if [[ $status == 503 ]] && jq -e '.status == 503 and .detail' "$state/full.json" >/dev/null && grep -qi '^retry-after:' "$state/full.head"; then
        ok "no room for a body: $(jq -r .detail "$state/full.json")"
    else
        bad "no room for a body: $status $(head -c 300 "$state/full.json")"
    fi
    # of an unknown length; h2o closes without reading the rest, so that the answer may be lost
    status=$(curl -s --max-time 20 -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $fault_token" -H 'Transfer-Encoding: chunked' -H 'Expect:' \
        -F "file=@$file;type=text/markdown" "http://127.0.0.1:$p/api/v1/bots/$fault_bot/documents")
    if [[ $status == 503 || $status == 000 ]]; then ok "nor one of unknown length"; else bad "no room for a body of unknown length: $status"; fi
    status=$(status_of POST "$p" "$fault_token" "/api/v1/bots/$fault_bot/documents" '{"name":"small.md","text":"# Small\n\nSmall is well.\n"}')
    if [[ $status == 202 ]]; then ok "small ones go on"; else bad "without room for large bodies a small one got $status"; fi
    kill -TERM "$pid"
    wait "$pid" || bad "the edge with a full disk exited with status $?"
    rm -f "$state/admin/edge3" "$file"
}

# An edge that cannot sign in to the broker goes on trying.
fault_no_credentials() {
    local creds=$state/late.creds
    echo 'no credentials yet' >"$creds"
    edge_beside edge4 "$(free_port)" CHATSPHERE_NATS_CREDS="$creds"
    sleep 1.5
    cp "$state/nats/creds/edge.creds" "$creds"
    for _ in {1..100}; do ready edge4 && break; sleep 0.05; done
    if ready edge4; then ok "an edge that could not sign in at first is ready"; else bad "an edge that could not sign in at first is not ready: $(tail -n 1 "$state/logs/edge4.log")"; fi
    kill -TERM "$beside"
    wait "$beside" || bad "the edge that could not sign in exited with status $?"
    rm -f "$state/admin/edge4"
}

# A service dies and is not there for a while: whoever asks knows at once.
fault_no_responders() {
    local supervisor began took
    supervisor=$(pid_of supervisor)
    kill -STOP "$supervisor"
    kill -KILL "$(pid_of bot-store)"
    sleep 0.3
    began=$(date +%s%3N)
    curl -s --max-time 20 -o /dev/null -D "$state/absent.head" -H "Authorization: Bearer $fault_token" "$base_url/api/v1/bots"
    took=$(($(date +%s%3N) - began))
    kill -CONT "$supervisor"
    if grep -q '^HTTP/1.1 503' "$state/absent.head" && grep -qi '^retry-after:' "$state/absent.head" && ((took < 1000)); then
        ok "nobody answers for bot-store: 503 after $took ms"
    else
        bad "nobody answers for bot-store: $(head -n 1 "$state/absent.head") after $took ms"
    fi
    everything "after bot-store came back" 60
}

# A service gets what it is asked and answers no more: 504 at the deadline, and what was asked is not done later.
lost_replies_begin() {
    lost_bot=$(new_bot Early)
    kill -STOP "$(pid_of bot-store)"
    lost_began=$(date +%s%3N)
    {
        curl -s --max-time 40 -o /dev/null -w '%{http_code}\n' -H "Authorization: Bearer $fault_token" \
            -X PATCH -H 'Content-Type: application/json' -d '{"name":"Late"}' "$base_url/api/v1/bots/$lost_bot"
        date +%s%3N
    } >"$state/lost.status" &
    lost_pid=$!
}

lost_replies_end() {
    local lines took name
    wait "$lost_pid"
    kill -CONT "$(pid_of bot-store)"
    mapfile -t lines <"$state/lost.status"
    took=$((lines[1] - lost_began))
    if [[ ${lines[0]} == 504 ]] && ((took > 25000 && took <= 32000)); then ok "lost replies: 504 after $took ms"; else bad "lost replies: ${lines[0]} after $took ms"; fi
    everything "after bot-store woke up" 60
    name=$(body_of GET "$port" "$fault_token" "/api/v1/bots/$lost_bot" | jq -r .name)
    if [[ $name == Early ]]; then ok "what nobody waited for was not done"; else bad "what nobody waited for was done later: '$name'"; fi
}

# A reply is lost because the broker goes while it is awaited: what was asked is done, but who asked cannot know. Told so at
# once, they ask again with the same key and get the answer of the first time.
fault_lost_with_broker() {
    local began took status n id create=(POST "$port" "$fault_token" /api/v1/bots '{"name":"Twice?"}' 'Idempotency-Key: lost')
    local lock_pid lost_pid
    sql postgres owner 'begin; lock table bot_store.bots; select pg_sleep(4)' >/dev/null & # so long it works on it
    lock_pid=$!
    sleep 0.5
    began=$(date +%s%3N)
    status_of "${create[@]}" >"$state/lost.status" &
    lost_pid=$!
    sleep 0.5
    tools/stack restart nats >/dev/null
    wait "$lost_pid"
    took=$(($(date +%s%3N) - began)) status=$(<"$state/lost.status")
    wait "$lock_pid"
    everything "after a reply was lost with the broker" 60
    n=$(bots_named 'Twice?') id=$(body_of "${create[@]}" | jq -r .id)
    if [[ $status == 504 && $n == 1 && -n $id && $(bots_named 'Twice?') == 1 ]] && ((took < 4000)); then
        ok "a reply lost with the broker: 504 after $took ms, and a repeat finds what was made"
    else
        bad "a reply lost with the broker: $status after $took ms, $n bots, then $(bots_named 'Twice?') with '$id'"
    fi
}

bots_named() { # <name>
    body_of GET "$port" "$fault_token" '/api/v1/bots?limit=100' | jq --arg name "$1" '[.items[] | select(.name == $name)] | length'
}

# The process that answers is killed: who waits for the whole answer hears of it when another one has taken the turn over.
killed_runner_begin() {
    killed_conversation=$(body_of POST "$port" "$fault_token" /api/v1/conversations "{\"bot_id\":\"$fault_model_bot\"}" | jq -r .id)
    {
        curl -s --max-time 60 -w '\n%{http_code} %{time_total}\n' -H "Authorization: Bearer $fault_token" -H 'Content-Type: application/json' \
            -d '{"content":"At length?"}' "$base_url/api/v1/conversations/$killed_conversation/messages"
    } >"$state/killed.json" &
    killed_pid=$!
    sleep 1
    kill -KILL "$(pid_of chat)"
}

killed_runner_end() {
    local status='' seconds='' stored
    wait "$killed_pid"
    read -r status seconds < <(tail -n 1 "$state/killed.json")
    stored=$(body_of GET "$port" "$fault_token" "/api/v1/conversations/$killed_conversation/messages" | jq -r '.items[1].status')
    if [[ $status == 503 && $stored == interrupted ]] && (($(printf '%.0f' "$seconds") < 30)); then
        ok "a whole answer whose process is killed: $status after $seconds s, '$stored' is stored"
    else
        bad "a whole answer whose process is killed: $status after $seconds s, '$stored' is stored"
    fi
}

# Every process ends on SIGTERM under load, one after the other, and there are two of each: nobody notices. Of the edges,
# clients take the one that listens.
fault_rolling() {
    local name
    for name in "${services[@]}" edge; do tools/stack scale "$name" 2 >/dev/null; done
    fault_model 'test?first=1500&words=20&token=50' "$fault_model_bot"
    load_begin "http://127.0.0.1:$((port + 1))" "$fault_model_bot"
    sleep 1
    for name in "${services[@]}" edge; do
        tools/stack restart "$name" >/dev/null
        tools/stack restart "$name-2" >/dev/null
    done
    sleep 1
    load_end
    judge "every process restarts under load, two of each: no request fails" '.odd == [] and
        [.get, .post, .patch, .turn, .stream, .upload, .file | keys] == [["200"], ["201"], ["200"], ["200", "completed"],
        ["200", "stop"], ["202"], ["202"]]'
    for name in "${services[@]}" edge; do tools/stack scale "$name" 1 >/dev/null; done
    everything "after all restarts" 240 # behind the hundreds of documents of the load
}

faults() {
    local part clock_out=$state/clock.out clock_pid
    fault_world
    fault_model_bot=$(new_bot Model)
    for part in broker postgres queue slow_client slow_provider full_disk no_credentials no_responders lost_with_broker rolling; do "fault_$part"; done
    # while one waits for its deadline
    fault_model 'test?first=60000&words=8' "$fault_model_bot"
    killed_runner_begin
    lost_replies_begin
    tests/stack/clock >"$clock_out" 2>&1 &
    clock_pid=$!
    lost_replies_end
    killed_runner_end
    wait "$clock_pid"
    sum cat "$clock_out"
}
