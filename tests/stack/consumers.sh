# shellcheck shell=bash disable=SC2154
# Programs of docs/examples/consumers read a subscription with what the platform publishes: its .proto files, and credentials.
# Sourced by tests/stack/run; called by the part interop, which has the packages of Node and Python.

# ready to run: <language> <command...>, or skipped by name
consumer_node() {
    interop_node || return 1
    cp "$examples/node/consumer.js" build/interop/node/consumer.cjs
    consumer=(node build/interop/node/consumer.cjs "$at/s.json" "$at/proto" 3)
}

consumer_python() {
    interop_python || return 1
    mkdir -p "$at/python"
    build/interop/python/bin/python -m grpc_tools.protoc -I "$at/proto" --python_out="$at/python" "$at"/proto/chatsphere/v1/*.proto 2>/dev/null || return 1
    cp "$examples/python/consumer.py" "$at/python"
    consumer=(build/interop/python/bin/python "$at/python/consumer.py" "$at/s.json" 3)
}

consumer_go() {
    local name map=()
    command -v go >/dev/null || return 1
    mkdir -p "$at/go"
    cp "$examples"/go/* "$at/go"
    GOBIN=$PWD/$at/bin GOFLAGS=-mod=mod timeout 120 go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.11 >"$at/go.log" 2>&1 || return 1
    for name in "$at"/proto/chatsphere/v1/*.proto; do map+=("--go_opt=Mchatsphere/v1/${name##*/}=consumer/pb"); done
    PATH=$PWD/$at/bin:$PATH protoc -I "$at/proto" --go_out="$at/go" --go_opt=module=consumer "${map[@]}" "$at"/proto/chatsphere/v1/*.proto || return 1
    (cd "$at/go" && timeout 300 go build -o consumer .) >>"$at/go.log" 2>&1 || return 1
    consumer=("$at/go/consumer" "$at/s.json" 3)
}

consumer_c() {
    mkdir -p "$at/c"
    protoc -I "$at/proto" --c_out="$at/c" "$at"/proto/chatsphere/v1/*.proto "$at"/proto/google/protobuf/*.proto || return 1
    # shellcheck disable=SC2046 # the names have no blanks
    cc -I "$at/c" -o "$at/c/consumer" "$examples/c/consumer.c" $(find "$at/c/chatsphere" "$at/c/google" -name '*.c') \
        -lnats -ljansson -lprotobuf-c || return 1
    jq -r .credentials "$at/s.json" >"$at/s.creds"
    consumer=("$at/c/consumer" "$at/s.json" "$at/s.creds" 3)
}

# New credentials take the place of the old ones, which then read nothing.
consumer_rotates() { # <token> <subscription>
    local replay=(status_of POST "$port" "$1" "/api/v1/event-subscriptions/$2/replay" '{"from":"2026-01-01T00:00:00.000Z"}')
    body_of POST "$port" "$1" "/api/v1/event-subscriptions/$2/rotate" >"$at/new.json"
    "${replay[@]}" >/dev/null
    shows "credentials that were replaced read nothing" 0 "$(timeout 10 "${consumer[@]}" 2>/dev/null | wc -l)"
    cp "$at/new.json" "$at/s.json"
    jq -r .credentials "$at/s.json" >"$at/s.creds"
    "${replay[@]}" >/dev/null
    shows "and the new ones read all" 3 "$(timeout 60 "${consumer[@]}" 2>>"$at/rotated.log" | wc -l)"
}

consumers() {
    local at=build/consumers examples=docs/examples/consumers token language consumer=() i id want=''
    rm -rf "$at" && mkdir -p "$at"
    token=$(new_user "consumers-$RANDOM$RANDOM" | jq -r .access_token)
    body_of POST "$port" "$token" /api/v1/event-subscriptions '{"name":"examples","types":["bot.created"]}' >"$at/s.json"
    id=$(jq -r .id "$at/s.json")
    for i in 1 2 3; do want+="$(body_of POST "$port" "$token" /api/v1/bots "{\"name\":\"Bot $i\"}" | jq -r .id) "; done
    mkdir -p "$at/proto"
    curl -s --max-time 20 "$base_url/api/proto.tar.gz" | tar xz -C "$at/proto"
    for language in node python go c; do
        if ! "consumer_$language"; then
            skip "a consumer in $language: the language or its packages are not to be had"
            continue
        fi
        status_of POST "$port" "$token" "/api/v1/event-subscriptions/$id/replay" '{"from":"2026-01-01T00:00:00.000Z"}' >/dev/null
        shows "a consumer in $language prints the events of the database" "$want" \
            "$(timeout 60 "${consumer[@]}" 2>"$at/$language.log" | awk '{ print $2 }' | tr '\n' ' ')"
        shows "and decodes their bodies ($language)" 3 \
            "$(status_of POST "$port" "$token" "/api/v1/event-subscriptions/$id/replay" '{"from":"2026-01-01T00:00:00.000Z"}' >/dev/null
                timeout 60 "${consumer[@]}" 2>>"$at/$language.log" | grep -cE '"bot_id": ?"')"
    done
    consumer_rotates "$token" "$id"
    shows "nothing is left to read" 0 "$(body_of GET "$port" "$token" "/api/v1/event-subscriptions/$id" | jq .lag)"
    shows "the subscription ends" 204 "$(status_of DELETE "$port" "$token" "/api/v1/event-subscriptions/$id")"
    shows "and its credentials with it" 0 "$(timeout 20 "${consumer[@]}" 2>/dev/null | wc -l)"
}
