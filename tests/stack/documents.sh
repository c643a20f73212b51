# shellcheck shell=bash disable=SC2154
# Documents: a large one from upload to cited answers, one that is cancelled at work, one whose worker is stopped. A part of
# tests/stack/run, which sources this.

# slow_bot <token> [ms]: a bot whose vectors take 3 s
slow_bot() {
    local bot
    bot=$(body_of POST "$port" "$1" /api/v1/bots '{"name":"Slow"}' | jq -r .id)
    status_of PUT "$port" "$1" "/api/v1/bots/$bot/provider-keys/house" \
        "{\"api_key\":\"sk-slow\",\"base_url\":\"$provider_url/v1\"}" >/dev/null
    status_of PATCH "$port" "$1" "/api/v1/bots/$bot" '{"configuration":{"embedding_provider":"house",
        "embedding_model":"test?dims=64&first='"${2:-3000}"'","embedding_dimensions":64}}' >/dev/null
    echo "$bot"
}

# document_comes_to <status> <token> <path>: the document, once it is there
document_comes_to() {
    local document=''
    for _ in {1..200}; do
        document=$(body_of GET "$port" "$2" "$3" 2>/dev/null)
        [[ $(jq -r .status <<<"$document" 2>/dev/null) == "$1" ]] && break
        sleep 0.1
    done
    echo "$document"
}

# document_at_work <token> <bot>: the path of a new one, once its vectors are being made
document_at_work() {
    local path
    path=/api/v1/bots/$2/documents/$(body_of POST "$port" "$1" "/api/v1/bots/$2/documents" \
        "{\"name\":\"work.md\",\"text\":\"# Work\\n\\nIt goes on, $RANDOM.\\n\"}" | jq -r .document.id)
    document_comes_to embedding "$1" "$path" >/dev/null
    echo "$path"
}

cancelled_at_work() { # <token> <workspace> <bot>
    local path told='' status left
    path=$(document_at_work "$1" "$3")
    status=$(body_of POST "$port" "$1" "$path/cancel" | jq -r .status)
    for _ in {1..50}; do # its worker hears of it when the vectors come
        told=$(CHATSPHERE_NATS_URL=nats://127.0.0.1:$nats_port CHATSPHERE_NATS_CREDS=$state/nats/creds/ops.creds "$bin/chatsphere" events tail \
            --tenant "$2" --since all --no-follow | grep "${path##*/}" | grep -o 'document\.[a-z]*' | tr '\n' ' ')
        [[ $told == *cancelled* ]] && break
        sleep 0.1
    done
    sleep 4
    status+=" $(body_of GET "$port" "$1" "$path" | jq -r '.status, .attempts' | tr '\n' ' ')"
    if [[ $status == 'cancelled cancelled 1 ' && $told == 'document.uploaded document.cancelled ' ]]; then
        ok "a document is cancelled at work, and that is told"
    else
        bad "a document cancelled at work is '$status', and was told: $told"
    fi
    for _ in {1..90}; do # until its worker's lease is over
        left=$(chunks_of "${path##*/}")
        [[ $left == 0 ]] && break
        sleep 1
    done
    if [[ $left == 0 ]]; then ok "nothing of it is left in retrieve"; else bad "$left passages of a cancelled document are left in retrieve"; fi
}

chunks_of() { # <document>
    sql postgres owner "select count(*) from retrieve.chunks where document_id = '$1'"
}

# What a document's tries have made goes when it fails, and a new try is not hurt by that.
failed_at_work() { # <token>
    local bot path left status
    bot=$(slow_bot "$1" 0)
    status_of PATCH "$port" "$1" "/api/v1/bots/$bot" '{"configuration":{"embedding_model":"test?dims=64&status=401"}}' >/dev/null
    path=/api/v1/bots/$bot/documents/$(body_of POST "$port" "$1" "/api/v1/bots/$bot/documents" \
        '{"name":"fail.md","text":"# Fail\n\nIt does not.\n"}' | jq -r .document.id)
    status=$(document_comes_to failed "$1" "$path" | jq -r .status)
    for _ in {1..100}; do
        left=$(chunks_of "${path##*/}")
        [[ $left == 0 ]] && break
        sleep 0.2
    done
    if [[ $status == failed && $left == 0 ]]; then ok "nothing of a failed document is left in retrieve"; else bad "a document is '$status', and $left passages of it are left in retrieve"; fi
    status_of PATCH "$port" "$1" "/api/v1/bots/$bot" '{"configuration":{"embedding_model":"test?dims=64"}}' >/dev/null
    status_of POST "$port" "$1" "$path/retry" >/dev/null
    status=$(document_comes_to ready "$1" "$path" | jq -r .status)
    left=$(chunks_of "${path##*/}")
    if [[ $status == ready && $left == 1 ]]; then ok "its next try makes it ready"; else bad "its next try is '$status' with $left passages"; fi
}

# The service ends while a document is worked on: that costs it no try, and what goes on makes nothing twice.
stopped_at_work() { # <token> <bot>
    local path before after
    path=$(document_at_work "$1" "$2")
    before=$(body_of GET "$port" "$1" "$path" | jq -c '[.status, .attempts]')
    tools/stack restart ingest >/dev/null
    after=$(document_comes_to ready "$1" "$path" | jq -c '[.status, .attempts]')
    if [[ $before == '["embedding",1]' && $after == '["ready",1]' ]]; then
        ok "ingest stops at work: the document is ready, and no try was lost"
    else
        bad "ingest stops at work: the document was $before, then $after"
    fi
}

# The same file at once from eight connections is one document, whose bytes are there once; so is a large one, whose parts come in turn.
same_at_once() { # <token>
    local bot size seen file=$state/same.txt
    bot=$(body_of POST "$port" "$1" /api/v1/bots '{"name":"Same"}' | jq -r .id)
    for size in 40 2000000; do
        seq -f 'Masts carry sails, %.0f.' 1 99999 | head -c "$size" >"$file"
        seen=$(seq 8 | xargs -P 8 -I{} curl -s --max-time 60 -o "$state/same-{}.json" -w '%{http_code}\n' -H "Authorization: Bearer $1" \
            -F "file=@$file;type=text/plain" "$base_url/api/v1/bots/$bot/documents" | sort | uniq -c | awk '{ print $2 "x" $1 }' | tr '\n' ' ')
        seen+=$(jq -rs 'map(.document.id) | unique | length' "$state"/same-[1-8].json)
        if [[ $seen == '200x7 202x1 1' ]]; then ok "a file of $size bytes, uploaded eight times at once, is one document"; else bad "a file of $size bytes, uploaded eight times at once: $seen"; fi
        document_comes_to ready "$1" "/api/v1/bots/$bot/documents/$(jq -r .document.id "$state/same-1.json")" >/dev/null
        seen=$(body_of GET "$port" "$1" "/api/v1/bots/$bot/documents?limit=100" | jq -c '[.items[] | select(.bytes == '"$size"') | [.status, .bytes]]')
        if [[ $seen == "[[\"ready\",$size]]" ]]; then ok 'and it is ready'; else bad "it is $seen"; fi
    done
    rm -f "$file" "$state"/same-[1-8].json
}

# An upload of one of its files that somebody began and left is no reason to leave that file out.
archive_over_begun_upload() { # <token>
    local bot note send
    bot=$(body_of POST "$port" "$1" /api/v1/bots '{"name":"Begun"}' | jq -r .id)
    send=(curl -sS --max-time 60 -H "Authorization: Bearer $1" -F 'file=@tests/data/documents/files.zip;type=application/zip' "$base_url/api/v1/bots/$bot/documents")
    note=$("${send[@]}" | jq -r '.items[] | select(.name == "a.md").id')
    document_comes_to ready "$1" "/api/v1/bots/$bot/documents/$note" >/dev/null
    sql postgres owner "delete from ingest.parts where document_id = '$note'; update ingest.documents set uploaded_at = null, status = 'uploaded',
        stage = 'uploading', chunks = 0, done = 0, total = 0 where id = '$note'" >/dev/null
    shows "a begun upload is ended by the archive that has its file" '["a.md",null]' \
        "$("${send[@]}" | jq -c --arg id "$note" '.items[] | select(.id == $id) | [.name, .duplicate_of]')"
    shows "and the file becomes ready" ready "$(document_comes_to ready "$1" "/api/v1/bots/$bot/documents/$note" | jq -r .status)"
}

documents() {
    local session token slow
    sum "$bin/documents" "$base_url"
    session=$(new_user "slow-$RANDOM$RANDOM") token=$(jq -r .access_token <<<"$session")
    same_at_once "$token"
    archive_over_begun_upload "$token"
    slow=$(slow_bot "$token")
    cancelled_at_work "$token" "$(jq -r .workspace.id <<<"$session")" "$slow"
    failed_at_work "$token"
    stopped_at_work "$token" "$slow"
}
