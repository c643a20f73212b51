# shellcheck shell=bash disable=SC2154
# One workspace has its share and no more, and others are served meanwhile: the part `shares` of tests/stack/run, which sources
# this. What a share counts is open until its work ends, also when its client has hung up.

# share_world: a user $share_token with a bot $share_bot, and another one $other_token with $other_bot
share_world() {
    share_token=$(new_user "greedy-$RANDOM$RANDOM" | jq -r .access_token)
    other_token=$(new_user "modest-$RANDOM$RANDOM" | jq -r .access_token)
    share_bot=$(share_new_bot "$share_token") other_bot=$(share_new_bot "$other_token")
}

share_new_bot() { # <token>: a public bot with the test provider
    local bot
    bot=$(body_of POST "$port" "$1" /api/v1/bots '{"name":"Share","is_public":true}' | jq -r .id)
    status_of PUT "$port" "$1" "/api/v1/bots/$bot/provider-keys/house" "{\"api_key\":\"sk-share\",\"base_url\":\"$provider_url/v1\"}" >/dev/null
    echo "$bot"
}

share_model() { # <token> <bot> <model>
    status_of PATCH "$port" "$1" "/api/v1/bots/$2" "{\"configuration\":{\"llm_provider\":\"house\",\"llm_model\":\"$3\"}}" >/dev/null
}

# share_at_once <n> <seconds> <curl argument...>: n requests, each ended by its client after the seconds; how many got which status
share_at_once() {
    local n=$1 seconds=$2 dir i pids=()
    shift 2
    dir=$(mktemp -d)
    for ((i = 0; i < n; i++)); do
        curl -s --max-time "$seconds" -o "$dir/body-$i" -D "$dir/head-$i" "$@" &
        pids+=($!)
    done
    wait "${pids[@]}"
    grep -hoE '^HTTP/1.1 [0-9]+' "$dir"/head-* | sort | uniq -c | awk '{ printf "%s%s x %d", sep, $3, $1; sep = ", " }'
    if grep -q ' 429' "$dir"/head-* && [[ $(grep -il '^retry-after:' "$dir"/head-* | wc -l) != $(grep -l '^HTTP/1.1 429' "$dir"/head-* | wc -l) ]]; then
        printf ', no Retry-After'
    fi
    rm -rf "$dir"
}

share_is() { # <what> <expected> <actual>
    if [[ $2 == "$3" ]]; then ok "$1: $3"; else bad "$1: $3 instead of $2"; fi
}

share_conversation() { body_of POST "$port" "$1" /api/v1/conversations "{\"bot_id\":\"$2\"}" | jq -r .id; }

# 40 answers of one workspace that take 60 s each, whose clients hang up after 3: 32 go on until they are cancelled.
share_turns() {
    local i head pids=() n=0 status
    share_model "$share_token" "$share_bot" 'test?first=60000&words=4'
    for ((i = 0; i < 40; i++)); do
        curl -sN --max-time 3 -o "$state/share-$i.body" -D "$state/share-$i.head" -H "Authorization: Bearer $share_token" -H 'Content-Type: application/json' \
            -d '{"content":"Hello?","stream":true}' "$base_url/api/v1/conversations/$(share_conversation "$share_token" "$share_bot")/messages" &
        pids+=($!)
    done
    wait "${pids[@]}"
    for ((i = 0; i < 40; i++)); do
        head=$state/share-$i.head
        if grep -q '^HTTP/1.1 429' "$head" && grep -qi '^retry-after: [1-9]' "$head"; then n=$((n + 1)); fi
    done
    share_is 'of 40 answers of one workspace 8 are refused with Retry-After' 8 "$n"
    status=$(status_of POST "$port" "$share_token" "/api/v1/conversations/$(share_conversation "$share_token" "$share_bot")/messages" '{"content":"More?"}')
    share_is 'another one is refused, though the clients have hung up' 429 "$status"
    status=$(status_of POST "$port" "$other_token" "/api/v1/conversations/$(share_conversation "$other_token" "$other_bot")/messages" '{"content":"And I?"}')
    share_is 'another workspace gets its answer' 200 "$status"
    grep -ohE '"turn_id":"[0-9a-f-]+"' "$state"/share-*.body | cut -d'"' -f4 | sort -u | while read -r i; do
        status_of POST "$port" "$share_token" "/api/v1/turns/$i/cancel" >/dev/null
    done
    rm -f "$state"/share-*.head "$state"/share-*.body
    share_is 'what was refused is counted' 9 "$(metric chat 'cs_share_refused_total{share="turns"}')"
    share_turns_end
}

share_turns_end() { # until the answers that nobody reads have come
    for _ in {1..300}; do
        [[ $(metric chat 'cs_share_held{share="turns"}') == 0 ]] && break
        sleep 0.1
    done
    share_is 'the places are free when the answers have ended' 0 "$(metric chat 'cs_share_held{share="turns"}')"
}

# A public bot answers 16 visitors at a time, so that its owner still has places.
share_visitors() {
    local status
    share_model "$share_token" "$share_bot" 'test?first=15000&words=4'
    share_is '16 of 20 visitors of one bot are answered' '429 x 4' \
        "$(share_at_once 20 2 -H 'Content-Type: application/json' -d '{"message":"Hello?"}' "$base_url/api/v1/chat/$share_bot")"
    share_model "$share_token" "$share_bot" 'test?words=4'
    status=$(status_of POST "$port" "$share_token" "/api/v1/conversations/$(share_conversation "$share_token" "$share_bot")/messages" '{"content":"And I?"}')
    share_is 'a member of the workspace is answered meanwhile' 200 "$status"
    share_turns_end
}

# One caller watches 20 documents.
share_watches() {
    local slow path
    slow=$(slow_bot "$share_token" 24000) # longer than all of them take to come
    path=$(document_at_work "$share_token" "$slow")
    share_is 'one caller watches a document 20 times and no more' '200 x 20, 429 x 5' \
        "$(share_at_once 25 12 -H "Authorization: Bearer $share_token" "$base_url$path/events")"
}

# embedding_bot <token> <model>: a bot whose vectors come from the test provider
embedding_bot() {
    local bot
    bot=$(share_new_bot "$1")
    status_of PATCH "$port" "$1" "/api/v1/bots/$bot" "{\"configuration\":{\"embedding_provider\":\"house\",
        \"embedding_model\":\"$2\",\"embedding_dimensions\":64}}" >/dev/null
    echo "$bot"
}

# Three documents of about 300 passages, whose model takes 24 s a request: small ones of another workspace become ready meanwhile.
share_embedding() {
    local slow fast i name paths=() text=$state/large.json status
    slow=$(embedding_bot "$share_token" 'test?dims=64&first=24000')
    fast=$(embedding_bot "$other_token" 'test?dims=64')
    for i in {1..300}; do printf '# Chapter %d\n\n%s\n\n' "$i" "$(printf 'The sea is wide and the sails are white. %.0s' {1..25})"; done |
        jq -Rs '{name: "large.md", text: .}' >"$text"
    for i in {1..3}; do
        paths+=("/api/v1/bots/$slow/documents/$(sed "s/large.md/large-$i.md/" "$text" | curl -s --max-time 60 -d @- \
            -H "Authorization: Bearer $share_token" -H 'Content-Type: application/json' "$base_url/api/v1/bots/$slow/documents" | jq -r .document.id)")
    done
    for i in "${paths[@]}"; do document_comes_to embedding "$share_token" "$i" >/dev/null; done
    for name in "$other_bot" "$fast"; do
        i=$(body_of POST "$port" "$other_token" "/api/v1/bots/$name/documents" '{"name":"small.md","text":"Twenty bytes of text"}' | jq -r .document.id)
        status=$(document_comes_to ready "$other_token" "/api/v1/bots/$name/documents/$i" | jq -r .status)
        share_is "a small document becomes ready beside three whose vectors take long$([[ $name == "$fast" ]] && echo ', with vectors')" ready "$status"
    done
    status=$(body_of GET "$port" "$share_token" "${paths[0]}" | jq -r '"\(.status) \(.attempts <= 1)"')
    share_is 'the large ones are at work meanwhile, at their first try' 'embedding true' "$status"
    for i in "${paths[@]}"; do status_of DELETE "$port" "$share_token" "$i" >/dev/null; done # with their chunks
}

share_document() { # <token> <bot> <file>: its path, once it is ready or failed
    local path=/api/v1/bots/$2/documents
    path+=/$(curl -s --max-time 60 -H "Authorization: Bearer $1" -H 'Content-Type: application/json' -d "@$3" "$base_url$path" | jq -r .document.id)
    for _ in {1..300}; do
        [[ $(body_of GET "$port" "$1" "$path" | jq -r .status) == @(ready|failed) ]] && break
        sleep 0.1
    done
    echo "$path"
}

# A collection of very many different words, larger than a workspace's share of a small cache: the snapshot of another workspace
# stays, and its own, of before the cache became small, is kept, too. A document that comes now is refused with the number.
share_cache() {
    local path text=$state/words.json own=$state/own.json search=/search query='{"query":"twenty bytes"}' hits loads
    restart_with retrieve
    seq -f 'word%.0fs' 1 40000 | paste -sd ' ' | fold -sw 600 | sed 's/$/\n/' | jq -Rs '{name: "words.txt", text: .}' >"$text"
    echo '{"name":"own.md","text":"Twenty bytes of text"}' >"$own"
    path=$(share_document "$share_token" "$share_bot" "$text")
    share_is 'a document of 40,000 different words becomes ready' ready "$(body_of GET "$port" "$share_token" "$path" | jq -r .status)"
    restart_with retrieve CHATSPHERE_CACHE_MB=1
    share_document "$other_token" "$other_bot" "$own" >/dev/null
    body_of POST "$port" "$other_token" "/api/v1/bots/$other_bot$search" "$query" >/dev/null
    for _ in 1 2; do body_of POST "$port" "$share_token" "/api/v1/bots/$share_bot$search" '{"query":"word7s"}' >/dev/null; done
    hits=$(body_of POST "$port" "$other_token" "/api/v1/bots/$other_bot$search" "$query" | jq '.items | length > 0')
    loads=$(metric retrieve cs_retrieve_snapshot_loads_total)
    share_is 'another workspace is answered from its snapshot beside it' 'true, 2 loads, 0 dropped' \
        "$hits, $loads loads, $(metric retrieve cs_retrieve_snapshot_dropped_total) dropped"
    share_collection "$text" "$own"
    restart_with retrieve
    rm -f "$text" "$own"
}

# share_collection <large> <small>: what is larger than a share of the cache is refused at its commit, and what is below is not
share_collection() {
    local bot path large='would take more than 0.2 MiB of memory to be searched, which is the most for one bot.'
    path=$(share_document "$share_token" "$share_bot" "$2")
    share_is 'a bot whose documents are larger than its share gets no more' "failed The bot's documents $large" \
        "$(body_of GET "$port" "$share_token" "$path" | jq -r '"\(.status) \(.error)"' | sed 's/ Use several.*//')"
    bot=$(share_new_bot "$share_token")
    path=$(share_document "$share_token" "$bot" "$1")
    share_is 'a document that is larger is refused' "failed The bot's documents $large" \
        "$(body_of GET "$port" "$share_token" "$path" | jq -r '"\(.status) \(.error)"' | sed 's/ Use several.*//')"
    path=$(share_document "$share_token" "$bot" "$2")
    share_is 'a small one of this bot becomes ready' ready "$(body_of GET "$port" "$share_token" "$path" | jq -r .status)"
    jq -n '{name: "prose.txt", text: ("The sea is wide and the sails are white. " * 1000)}' >"$state/prose.json"
    path=$(share_document "$share_token" "$bot" "$state/prose.json")
    share_is 'so does one of 41,000 bytes of few words, which is measured' ready "$(body_of GET "$port" "$share_token" "$path" | jq -r .status)"
    rm -f "$state/prose.json"
}

shares() {
    share_world
    share_turns
    share_visitors
    share_watches
    share_embedding
    share_cache
}
