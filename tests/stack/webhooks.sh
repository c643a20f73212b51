# shellcheck shell=bash disable=SC2154
# Events outside the platform: webhooks with a receiver of our own, the stream of events, and subscriptions. A part of
# tests/stack/run, which sources this.

# received <path>: the requests of this path, one JSON object a line
received() { jq -c --arg path "/$1" 'select(.path == $path)' "$state/receiver.log"; }

# receives <path> <n>: until so many requests of it came, at most a minute
receives() {
    for _ in {1..600}; do
        (($(received "$1" | wc -l) >= $2)) && return
        sleep 0.1
    done
    return 1
}

# webhook <token> <path> [members]: creates one
webhook() { body_of POST "$port" "$1" /api/v1/webhooks "{\"url\":\"$receiver_url/$2\"${3:+,$3}}"; }

# signature <secret> <request>: as openssl makes it
signature() {
    local key
    key=$(base64 -d <<<"${1#whsec_}" | od -An -v -tx1 | tr -d ' \n')
    printf 'v1,%s' "$(jq -j '.headers["webhook-id"] + "." + .headers["webhook-timestamp"] + "." + .body' <<<"$2" |
        openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64 -w0)"
}

# Signed with the secret, and with the old one, too, after a rotation.
webhook_signed() {
    local token hook id secret second request
    token=$(new_user "signed-$RANDOM$RANDOM" | jq -r .access_token)
    hook=$(webhook "$token" signed '"types":["bot.*"]') id=$(jq -r .id <<<"$hook") secret=$(jq -r .secret <<<"$hook")
    body_of POST "$port" "$token" /api/v1/bots '{"name":"Signed"}' >/dev/null
    receives signed 1
    request=$(received signed | head -n 1)
    if [[ $(jq -r '.headers["webhook-signature"]' <<<"$request") == "$(signature "$secret" "$request")" &&
        $(jq -r '.body | fromjson | .id' <<<"$request") == "$(jq -r '.headers["webhook-id"]' <<<"$request")" &&
        $(body_of GET "$port" "$token" "/api/v1/webhooks/$id" | jq .secret) == null ]]; then
        ok "a webhook is signed as openssl signs it, and its secret is shown once"
    else
        bad "the signature of a webhook is another one: ${request:0:600}"
    fi
    second=$(body_of POST "$port" "$token" "/api/v1/webhooks/$id/rotate" '' | jq -r .secret)
    body_of POST "$port" "$token" "/api/v1/webhooks/$id/test" '' >/dev/null
    receives signed 2
    request=$(received signed | tail -n 1)
    if [[ $(jq -r '.headers["webhook-signature"]' <<<"$request") == "$(signature "$second" "$request") $(signature "$secret" "$request")" &&
        $(jq -r '.body | fromjson | .type' <<<"$request") == io.chatsphere.webhook.test.v1 ]]; then
        ok "after a rotation both secrets sign"
    else
        bad "after a rotation the signatures are: ${request:0:600}"
    fi
    library_verifies "$second" "$request"
}

# The package with which receivers in JavaScript verify; tools/setup installs it where there is a registry.
library_verifies() {
    local folder=$PWD/tests/asyncapi/node_modules
    if [[ ! -d $folder/standardwebhooks ]] || ! command -v node >/dev/null; then
        skip "the npm package standardwebhooks verifies: it is not installed"
    elif SECRET=$1 REQUEST=$2 NODE_PATH=$folder timeout 20 node -e '
        const { Webhook } = require("standardwebhooks")
        const { headers, body } = JSON.parse(process.env.REQUEST)
        new Webhook(process.env.SECRET).verify(body, headers)'; then
        ok "the npm package standardwebhooks verifies the signature"
    else
        bad "the npm package standardwebhooks refuses the signature"
    fi
}

# What receivers do wrong: nobody else waits for them.
webhook_faults() {
    local token gone failing redirected delivery n
    token=$(new_user "faults-$RANDOM$RANDOM" | jq -r .access_token)
    gone=$(webhook "$token" 410/gone '"types":["bot.*"]' | jq -r .id)
    failing=$(webhook "$token" 500/failing '"types":["bot.*"]' | jq -r .id)
    redirected=$(webhook "$token" redirect/away '"types":["bot.*"]' | jq -r .id)
    for n in {1..5}; do webhook "$token" "hang/$n" '"types":["bot.*"]' >/dev/null; done
    webhook "$token" well '"types":["bot.*"]' >/dev/null
    for n in {1..30}; do body_of POST "$port" "$token" /api/v1/bots "{\"name\":\"Fault $n\"}" >/dev/null; done
    if receives well 30 && [[ $(received hang/1 | wc -l) -le 4 ]]; then
        ok "30 events reach a receiver while 5 others of its workspace hang"
    else
        bad "beside 5 receivers that hang another one got $(received well | wc -l) of 30 events; one that hangs was asked $(received hang/1 | wc -l) times"
    fi
    for _ in {1..100}; do
        delivery=$(body_of GET "$port" "$token" "/api/v1/webhooks/$failing/deliveries?limit=1" | jq -c '.items[0]')
        [[ $(jq '.attempts | length' <<<"$delivery") -gt 0 ]] && break
        sleep 0.1
    done
    if [[ $(jq -r '.status, .attempts[0].status_code, .attempts[0].body' <<<"$delivery" | paste -sd ' ') == 'pending 500 heard' &&
        $(jq -r .next_attempt_at <<<"$delivery") > $(date -u +%FT%T) && $(jq -r .next_attempt_at <<<"$delivery") < $(date -u -d '+61 seconds' +%FT%T) ]]; then
        ok "an answer of 500 is tried again within a minute, and stands in the log with its body"
    else
        bad "after an answer of 500 the delivery is $delivery"
    fi
    gone=$(body_of GET "$port" "$token" "/api/v1/webhooks/$gone") redirected=$(body_of GET "$port" "$token" "/api/v1/webhooks/$redirected")
    if [[ $(jq -r '.enabled, .disabled_reason' <<<"$gone" | paste -sd ' ') == 'false The receiver answered 410 Gone.' ]]; then
        ok "an answer of 410 disables the webhook"
    else
        bad "after an answer of 410 the webhook is $gone"
    fi
    if [[ $(jq -r .last_error <<<"$redirected") == 'The receiver answered 302; redirects are not followed.' && -z $(received redirected) ]]; then
        ok "a redirect is not followed"
    else
        bad "after a redirect the webhook is $redirected"
    fi
    n=$(status_of POST "$port" "$token" /api/v1/webhooks '{"url":"http://10.0.0.1/hook"}')
    if [[ $n == 422 ]]; then ok "a private address is refused"; else bad "a private address gets $n"; fi
}

# After the answer to DELETE nothing is sent.
webhook_revoked() {
    local token id before
    token=$(new_user "revoked-$RANDOM$RANDOM" | jq -r .access_token)
    id=$(webhook "$token" flaky/revoked '"types":["bot.*"]' | jq -r .id)
    for n in {1..20}; do body_of POST "$port" "$token" /api/v1/bots "{\"name\":\"Revoked $n\"}" >/dev/null; done
    receives flaky/revoked 1
    [[ $(status_of DELETE "$port" "$token" "/api/v1/webhooks/$id") == 204 ]] || bad "the webhook is not deleted"
    before=$(received flaky/revoked | wc -l)
    sleep 8 # more than the first wait of a retry
    if [[ $(received flaky/revoked | wc -l) == "$before" && $(status_of GET "$port" "$token" "/api/v1/webhooks/$id") == 404 ]]; then
        ok "nothing is sent to a webhook that is deleted, though 20 events waited"
    else
        bad "a deleted webhook got $(($(received flaky/revoked | wc -l) - before)) events"
    fi
}

# kill -9 of the process, when it runs
events_kill() {
    for _ in {1..300}; do
        if alive "$(pid_of events)" && kill -KILL "$(pid_of events)"; then return; fi
        sleep 0.1
    done
    bad "events did not start again within 30 s"
}

# Every event is delivered though the process that does it is killed, in order within each subject.
webhook_killed() {
    local token bot want got versions
    token=$(new_user "killed-$RANDOM$RANDOM" | jq -r .access_token)
    webhook "$token" flaky/killed '"types":["bot.*"],"ordered":true' >/dev/null
    bot=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Killed"}' | jq -r .id)
    for n in {1..4}; do body_of PATCH "$port" "$token" "/api/v1/bots/$bot" "{\"description\":\"$n\"}" >/dev/null; done
    webhook "$token" all-killed '"types":["bot.*"]' >/dev/null
    for n in {1..40}; do
        body_of POST "$port" "$token" /api/v1/bots "{\"name\":\"Killed $n\"}" >/dev/null
        if ((n % 15 == 0)); then events_kill; fi
    done
    for _ in {1..900}; do
        got=$(received all-killed | jq -r '.headers["webhook-id"]' | sort -u | wc -l)
        ((got == 40)) && break
        sleep 0.1
    done
    if [[ $got == 40 ]]; then ok "40 events are delivered though their process was killed twice"; else bad "of 40 events $got are delivered after two kills"; fi
    for _ in {1..900}; do
        versions=$(received flaky/killed | jq -r --arg bot "$bot" '.body | fromjson | select(.subject == $bot) | .data.version' | paste -sd ' ')
        [[ $versions == *5\ 5 ]] && break
        sleep 0.1
    done
    want=$(tr ' ' '\n' <<<"$versions" | sort -n | paste -sd ' ')
    if [[ $versions == *5\ 5 && $versions == "$want" ]]; then
        ok "an ordered webhook gets the events of a bot in their order, each after the one before has come: $versions"
    else
        bad "an ordered webhook got the versions: $versions"
    fi
}

# The events of a time again, with their ids.
webhook_replayed() {
    local token id from first again
    token=$(new_user "replay-$RANDOM$RANDOM" | jq -r .access_token) from=$(date -u -d '-1 minute' +%FT%T.000Z)
    id=$(webhook "$token" replayed '"types":["bot.*"]' | jq -r .id)
    for n in 1 2 3; do body_of POST "$port" "$token" /api/v1/bots "{\"name\":\"Again $n\"}" >/dev/null; done
    receives replayed 3
    again=$(body_of POST "$port" "$token" "/api/v1/webhooks/$id/replay" "{\"from\":\"$from\"}" | jq .deliveries)
    receives replayed 6
    first=$(received replayed | jq -r '.headers["webhook-id"]' | sort | uniq -c | awk '{ print $1 }' | paste -sd ' ')
    if [[ $again == 3 && $first == '2 2 2' ]]; then
        ok "a replay sends the three events of a time again, under their ids"
    else
        bad "a replay of three events adds '$again' deliveries; each id came $first times"
    fi
}

# stream <token> <file> <seconds> [Last-Event-ID] [query]
stream() {
    curl -sN --max-time "$3" -H "Authorization: Bearer $1" ${4:+-H "Last-Event-ID: $4"} "$base_url/api/v1/events${5:-}" >"$2" 2>/dev/null
}

# The stream goes on behind the last event that a client has, and the ids are the same on every connection.
event_stream() {
    local token ids again third pid
    token=$(new_user "stream-$RANDOM$RANDOM" | jq -r .access_token)
    stream "$token" "$state/stream.1" 60 '' '?types=bot.created' &
    pid=$!
    for _ in {1..100}; do
        [[ -s $state/stream.1 ]] && break
        sleep 0.1
    done
    for n in 1 2 3; do body_of POST "$port" "$token" /api/v1/bots "{\"name\":\"Stream $n\"}" >/dev/null; done
    body_of POST "$port" "$token" /api/v1/api-keys '{"name":"k","scopes":["bots:read"]}' >/dev/null
    for _ in {1..100}; do
        (($(grep -c '^id: ' "$state/stream.1") >= 3)) && break
        sleep 0.1
    done
    kill "$pid"
    wait "$pid" 2>/dev/null
    ids=$(sed -n 's/^id: //p' "$state/stream.1" | paste -sd ' ')
    stream "$token" "$state/stream.2" 60 "${ids%% *}" '?types=bot.created' &
    pid=$!
    for _ in {1..100}; do
        (($(grep -c '^id: ' "$state/stream.2") >= 2)) && break
        sleep 0.1
    done
    kill "$pid"
    wait "$pid" 2>/dev/null
    again=$(sed -n 's/^id: //p' "$state/stream.2" | paste -sd ' ')
    if [[ $(wc -w <<<"$ids") == 3 && $again == "${ids#* }" ]] &&
        [[ $(sed -n 's/^data: //p' "$state/stream.1" | jq -r '[.type, .id] | join(" ")' | paste -sd ' ') == "$(for n in $ids; do printf 'io.chatsphere.bot.created.v1 %s ' "$n"; done | sed 's/ $//')" ]]; then
        ok "the stream sends the three events that are wanted, and continues behind Last-Event-ID with the other two"
    else
        bad "the stream sent '$ids', and behind the first of them '$again'"
    fi
    third=$(status_of GET "$port" "$token" '/api/v1/events?types=nope.created')
    again=$(curl -s --max-time 10 -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" -H 'Last-Event-ID: 018f0000-0000-7000-8000-000000000000' "$base_url/api/v1/events")
    if [[ $third == 400 && $again == 409 ]]; then
        ok "an unknown type, and an event that is not kept, are refused"
    else
        bad "an unknown type gets $third, an event that is not kept $again"
    fi
}

# The contract as a product: what the platform serves is what the repository has, and enough to read an event.
contract_served() {
    local folder=$state/contract
    mkdir -p "$folder"
    if diff -q docs/asyncapi.yaml <("$bin/chatsphere" asyncapi) >/dev/null && diff -q docs/asyncapi.yaml <(curl -s --max-time 10 "$base_url/api/asyncapi.yaml") >/dev/null; then
        ok "docs/asyncapi.yaml is what this version publishes, and serves"
    else
        bad "docs/asyncapi.yaml is another one; write it: chatsphere asyncapi >docs/asyncapi.yaml"
    fi
    curl -s --max-time 10 "$base_url/api/proto.tar.gz" | tar -xz -C "$folder"
    if diff -r proto/chatsphere "$folder/chatsphere" >/dev/null && [[ -s $folder/google/protobuf/descriptor.proto ]] &&
        diff -q proto/chatsphere/v1/events.proto <(curl -s --max-time 10 "$base_url/api/proto/chatsphere/v1/events.proto") >/dev/null &&
        [[ $(curl -s --max-time 10 "$base_url/api/events/docs") == *io.chatsphere.bot.created.v1* && $(status_of GET "$port" '' /api/proto/chatsphere/v1/none.proto) == 404 ]]; then
        ok "the .proto files are served, each and as an archive, and a page tells of the events"
    else
        bad "the .proto files that are served are not those of the repository"
    fi
}

webhooks() {
    local receiver_pid receiver_url port_file=$state/receiver.port
    : >"$state/receiver.log"
    timeout 900 python3 tests/stack/receiver.py "$state/receiver.log" >"$port_file" 2>"$state/logs/receiver.log" &
    receiver_pid=$!
    until [[ -s $port_file ]] || ! alive "$receiver_pid"; do sleep 0.02; done
    receiver_url=http://127.0.0.1:$(<"$port_file")
    restart_with events CHATSPHERE_EGRESS_ALLOW="${receiver_url#http://}"
    webhook_signed
    webhook_faults
    webhook_revoked
    webhook_killed
    webhook_replayed
    event_stream
    contract_served
    kill "$receiver_pid"
    restart_with events
}
