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
        where d.id = '$1' and r.name = d.name and r.tags = d.tags and r.metadata is not distinct from d.metadata::jsonb
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

life() {
    local session token
    session=$(new_user "life-$RANDOM$RANDOM") token=$(jq -r .access_token <<<"$session")
    details_carried "$token"
}
