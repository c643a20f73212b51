# shellcheck shell=bash disable=SC2154
# Vectors in stores outside: the part `vectors` of tests/stack/run, which sources this. A server of our own speaks the
# protocols of Qdrant and Pinecone; pgvector is the extension of the stack's PostgreSQL.

# vectors_restart <store>: retrieve with that vector store
vectors_restart() {
    local settings=("CHATSPHERE_VECTOR_STORE=$1" "CHATSPHERE_EGRESS_ALLOW=127.0.0.1:$vectors_port")
    if [[ $1 == qdrant || $1 == pinecone ]]; then settings+=("CHATSPHERE_VECTOR_URL=http://127.0.0.1:$vectors_port/" "CHATSPHERE_VECTOR_KEY=${2:-vk-right}"); fi
    restart_with retrieve "${settings[@]}"
}

vectors_control() { curl -fsS --max-time 30 -X "$1" -o /dev/null -d "${3:-}" "http://127.0.0.1:$vectors_port$2"; }
vectors_state() { curl -fsS --max-time 30 "http://127.0.0.1:$vectors_port/state"; }

# vectors_bot <token>: a bot whose documents get vectors
vectors_bot() {
    providers_bot "$1" "$provider_url/v1" '{"embedding_provider":"house","embedding_model":"test?dims=200"}'
}

# vectors_upload <token> <bot> <name> <text>: the document's id, when it is ready
vectors_upload() {
    local id status
    id=$(body_of POST "$port" "$1" "/api/v1/bots/$2/documents" "{\"name\":\"$3\",\"text\":\"$4\"}" | jq -r .document.id)
    for _ in {1..600}; do
        status=$(body_of GET "$port" "$1" "/api/v1/bots/$2/documents/$id" | jq -r .status)
        [[ $status == ready || $status == failed ]] && break
        sleep 0.1
    done
    [[ $status == ready ]] || echo "the document $3 is $status: $(body_of GET "$port" "$1" "/api/v1/bots/$2/documents/$id" | jq -r .error)" >&2
    echo "$id"
}

# vectors_search <token> <bot> <mode> <query>: status, number of passages and the name of the first
vectors_search() {
    local answer
    answer=$(curl -sS --max-time 60 -w ' %{http_code}' -H 'Content-Type: application/json' -H "Authorization: Bearer $1" \
        -d "{\"query\":\"$4\",\"mode\":\"$3\"}" "http://127.0.0.1:$port/api/v1/bots/$2/search")
    echo "${answer##* } $(jq -r '"\(.items | length) \(.items[0].document_name)"' <<<"${answer% *}")"
}

# vectors_points <bot>: how many the store has of a bot
vectors_points() {
    if [[ $store == pgvector ]]; then
        sql postgres owner "select count(*) from retrieve.vectors where bot_id = '$1'"
    else
        vectors_state | jq --arg bot "$1" '[.collections[].points[] | select(.payload.bot_id == $bot)] | length'
    fi
}

# vectors_settle <bot> <n>: waits until the store has so many of a bot
vectors_settle() {
    local n
    for _ in {1..400}; do
        n=$(vectors_points "$1")
        [[ $n == "$2" ]] && return 0
        sleep 0.25
    done
    bad "$store: the store has $n vectors of a bot instead of $2"
    return 1
}

vectors_expect() { # <what> <got> <want>
    if [[ $2 == "$3" ]]; then ok "$store: $1"; else bad "$store: $1: '$2' instead of '$3'"; fi
}

# The life of documents in a store.
vectors_life() {
    local ada bob ada_bot bob_bot first points
    ada=$(new_user "vectors-$RANDOM$RANDOM" | jq -r .access_token) bob=$(new_user "vectors-$RANDOM$RANDOM" | jq -r .access_token)
    ada_bot=$(vectors_bot "$ada") bob_bot=$(vectors_bot "$bob")
    first=$(vectors_upload "$ada" "$ada_bot" walrus.md '# W\n\nA request may carry at most seventeen walruses.')
    vectors_expect "a document that is ready is found by the very next search" "$(vectors_search "$ada" "$ada_bot" vector 'seventeen walruses')" '200 1 walrus.md'
    vectors_upload "$ada" "$ada_bot" heron.md '# H\n\nHerons stand in shallow water on one leg.' >/dev/null
    vectors_expect "the nearest of two documents comes first" "$(vectors_search "$ada" "$ada_bot" vector 'herons in water')" '200 2 heron.md'
    vectors_expect "words and vectors together" "$(vectors_search "$ada" "$ada_bot" hybrid 'herons in water')" '200 2 heron.md'
    vectors_expect "the store has a vector for each chunk" "$(vectors_points "$ada_bot")" 2
    vectors_expect "another workspace finds nothing of it" "$(vectors_search "$bob" "$bob_bot" vector 'seventeen walruses')" '200 0 null'
    vectors_upload "$bob" "$bob_bot" gull.md '# G\n\nGulls follow the plough.' >/dev/null
    vectors_expect "nor with documents of its own" "$(vectors_search "$bob" "$bob_bot" vector 'seventeen walruses')" '200 1 gull.md'
    vectors_foreign "$ada_bot" "$bob_bot" "$bob"
    points=$(vectors_points "$bob_bot")
    status_of DELETE "$port" "$ada" "/api/v1/bots/$ada_bot/documents/$first" >/dev/null
    vectors_expect "a deleted document is gone from the very next search" "$(vectors_search "$ada" "$ada_bot" vector 'seventeen walruses')" '200 1 heron.md'
    vectors_settle "$ada_bot" 1 && ok "$store: its vectors are deleted in the store"
    status_of DELETE "$port" "$ada" "/api/v1/bots/$ada_bot" >/dev/null
    vectors_settle "$ada_bot" 0 && ok "$store: with a bot all of its vectors go"
    vectors_expect "the other workspace keeps its own" "$(vectors_points "$bob_bot")" "$points"
}

# Points that say they are of another workspace, and know a document of the first: they are nobody's answer.
vectors_foreign() { # <bot with the document> <bot that asks> <token of the latter>
    local forged
    [[ $store == pgvector ]] && return
    forged=$(vectors_state | jq -c --arg from "$1" --arg to "$2" '.collections | to_entries[0] | .key as $name | [.value.points[]] as $all |
        ($all[] | select(.payload.bot_id == $to)) as $own | $all[] | select(.payload.bot_id == $from) |
        {collection: $name, id: "00000000-0000-4000-8000-000000000001", point: (. * {namespace: $own.namespace, payload: {tenant_id: $own.payload.tenant_id, bot_id: $to}})}' | head -n 1)
    vectors_control POST /put "$forged"
    vectors_expect "a vector of a foreign document is no answer, whatever the store says" "$(vectors_search "$3" "$2" vector 'seventeen walruses')" '200 1 gull.md'
}

# A server that refuses, breaks off, is slow, is away and loses everything.
vectors_faults() {
    local token bot fault
    token=$(new_user "vectors-$RANDOM$RANDOM" | jq -r .access_token) bot=$(vectors_bot "$token")
    for fault in '{"status":429,"times":2,"after":1}' '{"status":503,"times":2}' '{"cut":true,"times":2}' '{"slow":300,"times":9}'; do
        vectors_control PUT /faults "$fault"
        vectors_upload "$token" "$bot" "f$RANDOM.md" "# F\n\nTerns number $RANDOM dive for fish." >/dev/null
        vectors_expect "a document becomes ready with a server that answers $fault" "$(vectors_search "$token" "$bot" vector 'terns dive' | cut -d' ' -f1)" 200
    done
    vectors_expect "all four have their vector" "$(vectors_points "$bot")" 4
    vectors_control PUT /faults '{"status":500,"times":1000000}'
    vectors_expect "a search by vectors says that the store failed" "$(vectors_search "$token" "$bot" vector 'terns dive' | cut -d' ' -f1)" 502
    vectors_expect "words still find what they find" "$(vectors_search "$token" "$bot" hybrid 'terns dive' | cut -d' ' -f1,2)" '200 4'
    vectors_control PUT /faults '{}'
    for _ in {1..100}; do # a store that was down is asked again some seconds later
        [[ $(vectors_search "$token" "$bot" vector 'terns dive') == '200 4 '* ]] && break
        sleep 0.3
    done
    vectors_expect "then vectors are found again" "$(vectors_search "$token" "$bot" vector 'terns dive' | cut -d' ' -f1,2)" '200 4'
    vectors_control DELETE /state
    vectors_search "$token" "$bot" vector 'terns dive' >/dev/null
    vectors_settle "$bot" 4 && ok "$store: what the server lost is stored again"
    vectors_expect "and found" "$(vectors_search "$token" "$bot" vector 'terns dive' | cut -d' ' -f1,2)" '200 4'
    vectors_restart "$store" vk-wrong
    vectors_expect "a wrong key is a failure of ours" "$(vectors_search "$token" "$bot" vector 'terns dive' | cut -d' ' -f1)" 502
    if grep -q 'vk-wrong\|vk-right\|0123456789' "$state/logs/retrieve.log"; then bad "$store: a key stands in the log"; else ok "$store: no key stands in the log"; fi
    vectors_restart "$store"
}

# From one store to the next and back: nothing is embedded anew, and nothing is lost.
vectors_move() {
    local token bot
    vectors_restart builtin
    token=$(new_user "vectors-$RANDOM$RANDOM" | jq -r .access_token) bot=$(vectors_bot "$token")
    vectors_upload "$token" "$bot" swan.md '# S\n\nSwans stay together for life.' >/dev/null
    vectors_restart "$store"
    vectors_settle "$bot" 1 && ok "$store: vectors from before it was in use come to it"
    vectors_expect "and are found" "$(vectors_search "$token" "$bot" vector 'swans together')" '200 1 swan.md'
    vectors_restart builtin
    vectors_expect "back in memory they are found as well" "$(vectors_search "$token" "$bot" vector 'swans together')" '200 1 swan.md'
}

vectors() {
    local vectors_pid vectors_port port_file=$state/vectors.port store
    "$bin/test-vectors" 0 >"$port_file" 2>"$state/logs/vectors.log" &
    vectors_pid=$!
    until [[ -s $port_file ]] || ! alive "$vectors_pid"; do sleep 0.02; done
    vectors_port=$(<"$port_file")
    for store in qdrant pinecone; do
        vectors_control DELETE /state
        vectors_restart "$store"
        vectors_life
        if vectors_state | grep 'walrus\|heron\|gull' >/dev/null; then bad "$store: the store knows texts or names"; else ok "$store: the store knows neither texts nor names"; fi
        vectors_faults
        vectors_move
    done
    store=pinecone
    vectors_restart pinecone
    vectors_stale
    kill "$vectors_pid"
    wait "$vectors_pid" 2>/dev/null
    store=pgvector
    if [[ $(sql postgres owner "select count(*) from pg_available_extensions where name = 'vector'") == 0 ]]; then
        skip "pgvector: the extension vector is not installed for this PostgreSQL (docs/retrieve.md)"
    else
        vectors_restart pgvector
        vectors_life
        vectors_move
    fi
    restart_with retrieve
}

# An index that shows changes late: a document is ready when it is found.
vectors_stale() {
    local token bot
    token=$(new_user "vectors-$RANDOM$RANDOM" | jq -r .access_token) bot=$(vectors_bot "$token")
    vectors_upload "$token" "$bot" owl.md '# O\n\nOwls hunt at night.' >/dev/null
    vectors_control PUT /faults '{"stale":3}'
    vectors_upload "$token" "$bot" lark.md '# L\n\nLarks sing at dawn.' >/dev/null
    vectors_expect "a document is ready only when the index shows it" "$(vectors_search "$token" "$bot" vector 'larks at dawn')" '200 2 lark.md'
}
