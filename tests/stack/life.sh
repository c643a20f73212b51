# shellcheck shell=bash disable=SC2154
# The life of a document: what its owner says of it, its versions, and its end. A part of tests/stack/run, which sources this.

details_meet() { # <what> <document>
    local same
    for _ in {1..300}; do
        same=$(details_same "$2")
        [[ $same == 1 ]] && break
        sleep 0.1
    done
    if [[ $same == 1 ]]; then ok "$1"; else bad "$1: retrieve has other details than ingest"; fi
}

details_same() { # <document>: 1 when ingest and retrieve have the same
    sql postgres owner "select count(*) from ingest.documents d join retrieve.documents r on r.document_id = d.id
        where d.id = '$1' and r.name = d.name and r.tags = d.tags and r.metadata = coalesce(d.properties, '{}')::jsonb || coalesce(d.metadata, '{}')::jsonb
        and r.details_version = d.details_version and r.created_at = d.created_at"
}

# Tags that are set while the document is at work are those that search goes by; so are those set while retrieve is away.
details_carried() { # <token>
    local bot path status supervisor
    bot=$(slow_bot "$1" 1000)
    path=$(document_at_work "$1" "$bot")
    status=$(status_of PATCH "$port" "$1" "$path" '{"name":"later.md","tags":["late","it'"'"'s {1,2}"],"metadata":{"n":1.5,"deep":{"a":["x"]}}}')
    status+=" $(document_comes_to ready "$1" "$path" | jq -r .name)"
    if [[ $status != '200 later.md' ]]; then bad "a document that is renamed at work is: $status"; fi
    details_meet 'details that are changed at work reach retrieve' "${path##*/}"
    supervisor=$(pid_of supervisor)
    kill -STOP "$supervisor" # else it is back at once
    kill -KILL "$(pid_of retrieve)"
    status=$(status_of PATCH "$port" "$1" "$path" '{"tags":["away"]}')
    kill -CONT "$supervisor"
    if [[ $status != 200 ]]; then bad "details that are changed while retrieve is away answer $status"; fi
    details_meet 'details that are changed while retrieve is away reach it' "${path##*/}"
}

# edition <word> <sections>: a document of which every passage names its edition
edition() {
    local n
    for ((n = 1; n <= $2; n++)); do
        printf '# Pier %d\n\nAt pier %d the harbour master of edition %s counts %d boats, and each of them twice at noon.\n\n' $n $n "$1" $((n * 7))
    done
}

edition_body() { jq -cn --arg text "$(edition "$@")" '{text: $text}'; }

# editions_seen <token> <bot>: what one search finds: how many passages, of which editions
editions_seen() {
    body_of POST "$port" "$1" "/api/v1/bots/$2/search" '{"query":"harbour master","k":50,"mode":"lexical"}' |
        jq -r '"\(.items | length) \([.items[].text | capture("edition (?<e>[a-z]+)").e] | unique | join("+"))"'
}

# A search under way all the time sees one version, whole: the first until the second is ready, then that.
editions_switch() { # <token>
    local bot path seen=$state/editions other status searcher
    bot=$(slow_bot "$1" 1500)
    path=/api/v1/bots/$bot/documents/$(body_of POST "$port" "$1" "/api/v1/bots/$bot/documents" \
        "$(jq -c '.name = "pier.md"' <<<"$(edition_body first 30)")" | jq -r .document.id)
    document_comes_to ready "$1" "$path" >/dev/null
    rm -f "$seen" "$seen.end"
    for _ in {1..2000}; do
        [[ -e $seen.end ]] && break
        editions_seen "$1" "$bot"
    done >"$seen" &
    searcher=$!
    status=$(status_of PUT "$port" "$1" "$path/content" "$(edition_body second 20)")
    status+=" $(document_comes_to ready "$1" "$path" | jq -r .status) $(editions_seen "$1" "$bot")"
    sleep 0.5
    touch "$seen.end"
    wait "$searcher"
    other=$(uniq "$seen" | tr '\n' ',')
    if [[ $status == '202 ready 20 second' && $other =~ ^(30 first,)?20\ second,$ ]]; then
        ok "$(wc -l <"$seen") searches while a new version comes see one version each"
    else
        bad "a new version is '$status'; searches meanwhile saw $other"
    fi
}

# A large file in parts of 512 KiB, in any order, some twice: it comes back as it was.
parts_whole() { # <token> <bot>
    local file=$state/parts.txt upload base part n document back
    seq -f 'Line %.0f of a long file that is sent in parts.' 40000 >"$file"
    base=/api/v1/bots/$2/uploads
    upload=$(body_of POST "$port" "$1" "$base" "$(jq -cn --arg s "$(sha256sum "$file" | cut -d ' ' -f 1)" '{name: "parts.txt", sha256: $s}')" | jq -r .id)
    n=$((($(stat -c %s "$file") + 524287) / 524288))
    for part in $(seq $((n - 1)) -1 0) 0; do
        dd if="$file" bs=524288 skip="$part" count=1 status=none >"$file.part"
        curl -sS --max-time 20 -o /dev/null -X PUT -H "Authorization: Bearer $1" -H 'Content-Type: application/octet-stream' \
            -H "X-Content-SHA256: $(sha256sum "$file.part" | cut -d ' ' -f 1)" \
            --data-binary @"$file.part" "$base_url$base/$upload/parts/$part"
    done
    document=$(body_of POST "$port" "$1" "$base/$upload/complete" | jq -r .document.id)
    back=$(curl -sS --max-time 30 -H "Authorization: Bearer $1" "$base_url/api/v1/bots/$2/documents/$document/content" | sha256sum)
    if [[ $n -gt 3 && $back == "$(sha256sum <"$file")" ]]; then ok "a file in $n parts, sent in any order, comes back as it was"; else bad "a file in $n parts became '$document'"; fi
}

# An upload that nobody completes is deleted with its bytes.
parts_expire() { # <token> <bot>
    local base=/api/v1/bots/$2/uploads upload status=''
    upload=$(body_of POST "$port" "$1" "$base" '{"name":"late.md"}' | jq -r .id)
    status_of PUT "$port" "$1" "$base/$upload/parts/0" 'Too late.' >/dev/null
    sql postgres owner "update ingest.uploads set created_at = created_at - interval '25 hours' where id = '$upload'"
    for _ in {1..180}; do
        status=$(status_of GET "$port" "$1" "$base/$upload")
        [[ $status == 404 ]] && break
        sleep 0.5
    done
    status+=" $(sql postgres owner "select count(*) from ingest.upload_parts where upload_id = '$upload'")"
    if [[ $status == '404 0' ]]; then ok "an upload that was given up is deleted"; else bad "an upload that was given up is $status"; fi
}

# canary_seen <word>: where it still stands: in a table of any schema, in a stream, in a spilled body, in a log
canary_seen() {
    PGPASSWORD=$(<"$state/secrets/pg/owner") "$pg_bin/pg_dump" -h "$pg_socket" -U postgres chatsphere 2>/dev/null |
        awk -v word="$1" '/^COPY / { table = $2 } index($0, word) { print table }' | sort -u
    grep -rlaF "$1" "$state/nats-data" "$state/spill" "$state/logs" 2>/dev/null
}

# canary_gone <what> <token> <bot> <word>: no search finds it, and nothing holds it
canary_gone() {
    local found left=''
    found=$(body_of POST "$port" "$2" "/api/v1/bots/$3/search" "{\"query\":\"$4\",\"mode\":\"lexical\"}" | jq -c '.items // []')
    [[ $found == '[]' ]] || bad "$1: the very next search finds it"
    for _ in {1..90}; do # until no lease of a worker can be left
        left=$(canary_seen "$4")
        [[ -z $left ]] && break
        sleep 1
    done
    if [[ -z $left ]]; then ok "$1: nothing of it is left in any table, stream or log"; else bad "$1: it is left in ${left//$'\n'/, }"; fi
}

# Words of a document are in its name, its tags, its metadata, its first version, its second and an upload that goes on.
canary_plant() { # <token> <bot> <word>: its id
    local path upload
    path=/api/v1/bots/$2/documents/$(body_of POST "$port" "$1" "/api/v1/bots/$2/documents" \
        "{\"name\":\"$3.md\",\"text\":\"---\\ntitle: $3\\n---\\n\\nThe first $3 sings.\\n\"}" | jq -r .document.id)
    document_comes_to ready "$1" "$path" >/dev/null
    status_of PATCH "$port" "$1" "$path" "{\"tags\":[\"$3\"],\"metadata\":{\"bird\":\"$3\"}}" >/dev/null
    status_of PUT "$port" "$1" "$path/content" "{\"text\":\"The second $3 sings.\\n\"}" >/dev/null
    document_comes_to ready "$1" "$path" >/dev/null
    upload=$(body_of POST "$port" "$1" "/api/v1/bots/$2/uploads" "{\"name\":\"$3.md\",\"document_id\":\"${path##*/}\"}" | jq -r .id)
    status_of PUT "$port" "$1" "/api/v1/bots/$2/uploads/$upload/parts/0" "The third $3 sings." >/dev/null
    body_of POST "$port" "$1" "/api/v1/bots/$2/search" "{\"query\":\"$3\",\"mode\":\"lexical\"}" >/dev/null
    echo "${path##*/}"
}

canaries() { # <token>
    local bot word document seen
    bot=$(slow_bot "$1" 0)
    word=quillfinch$RANDOM
    document=$(canary_plant "$1" "$bot" "$word")
    seen=$(canary_seen "$word" | tr '\n' ' ')
    for table in ingest.documents ingest.parts ingest.upload_parts retrieve.chunks; do
        [[ $seen == *"$table"* || $table == *parts ]] || bad "the canary is not seen in $table: $seen"
    done
    status_of DELETE "$port" "$1" "/api/v1/bots/$bot/documents/$document" >/dev/null
    canary_gone 'a deleted document' "$1" "$bot" "$word"
    word=larkthrush$RANDOM
    canary_plant "$1" "$bot" "$word" >/dev/null
    body_of POST "$port" "$1" "/api/v1/conversations/$(share_conversation "$1" "$bot")/messages" "{\"content\":\"Who sings, $word?\"}" >/dev/null
    seen=$(canary_seen "$word" | tr '\n' ' ')
    [[ $seen == *chat.messages* ]] || bad "the canary is not seen in chat.messages: $seen"
    status_of DELETE "$port" "$1" "/api/v1/bots/$bot" >/dev/null
    canary_gone 'a deleted bot' "$1" "$bot" "$word"
}

life() {
    local session token bot
    session=$(new_user "life-$RANDOM$RANDOM") token=$(jq -r .access_token <<<"$session")
    bot=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Life"}' | jq -r .id)
    details_carried "$token"
    editions_switch "$token"
    parts_whole "$token" "$bot"
    parts_expire "$token" "$bot"
    canaries "$token"
}
