# shellcheck shell=bash disable=SC2154
# What holds across processes and at the same time: keys, revocation, limits. Parts of tests/stack/run,
# which sources this. A second edge, with limits on, stands beside the one of the stack.

second_port=''
second_pid=''

# edge_beside <name> <port> [variable=value...] [command...]: its pid in $beside
edge_beside() {
    local env=()
    service_env edge
    env "${env[@]}" CHATSPHERE_ADMIN_FILE="$state/admin/$1" CHATSPHERE_PORT="$2" "${@:3}" \
        "$bin/chatsphere-edge" >>"$state/logs/$1.log" 2>&1 &
    beside=$!
}

second_edge() {
    second_port=$(free_port)
    edge_beside edge2 "$second_port" CHATSPHERE_LIMIT_FACTOR=1 CHATSPHERE_TRUSTED_PROXIES=127.0.0.1
    second_pid=$beside
    for _ in {1..200}; do
        ready edge2 && return
        sleep 0.05
    done
    bad "a second edge did not become ready"
}

second_edge_stop() {
    kill -TERM "$second_pid"
    wait "$second_pid" || bad "the second edge exited with status $?"
    rm -f "$state/admin/edge2"
}

# api <method> <port> <token> <path> [body] [header]: the body, then the status on a line of its own
api() {
    local args=(-sS --max-time 20 -X "$1" -w '\n%{http_code}\n' -H 'Content-Type: application/json')
    [[ -n $3 ]] && args+=(-H "Authorization: Bearer $3")
    [[ -n ${5:-} ]] && args+=(-d "$5")
    [[ -n ${6:-} ]] && args+=(-H "$6")
    curl "${args[@]}" "http://127.0.0.1:$2$4"
}
status_of() { api "$@" | tail -n 1; }
body_of() { api "$@" | sed '$d'; }

new_user() { # <name>: the body of a session
    body_of POST "$port" '' /api/v1/auth/register \
        "{\"username\":\"$1\",\"email\":\"$1@example.org\",\"password\":\"correct horse battery\"}"
}

# Ten requests with one key at once: one bot, and no answer but its own or 409.
keys() {
    local name=keys-$RANDOM$RANDOM token dir i n ids pids=()
    token=$(new_user "$name" | jq -r .access_token)
    dir=$(mktemp -d)
    for i in {1..10}; do
        api POST "$port" "$token" /api/v1/bots '{"name":"Once"}' 'Idempotency-Key: together' >"$dir/$i" &
        pids+=($!)
    done
    wait "${pids[@]}"
    n=$(body_of GET "$port" "$token" /api/v1/bots | jq '.items | length')
    ids=$(for i in {1..10}; do [[ $(tail -n 1 "$dir/$i") == 201 ]] && sed '$d' "$dir/$i" | jq -r .id; done | sort -u | wc -l)
    if [[ $n == 1 && $ids == 1 ]] && ! tail -qn 1 "$dir"/* | grep -vqx -e 201 -e 409; then
        ok "ten requests with one key at once made one bot ($(grep -lx 201 "$dir"/* | wc -l) answers, the rest 409)"
    else
        bad "ten requests with one key at once: $n bots, $ids ids, statuses $(tail -qn 1 "$dir"/* | sort | uniq -c | tr '\n' ' ')"
    fi
    rm -rf "$dir"

    body_of POST "$port" "$token" /api/v1/api-keys '{"name":"kept","scopes":["bots:read"]}' 'Idempotency-Key: secret' >/dev/null
    n=$(sql postgres owner "select count(*) from auth.idempotency where encode(result, 'escape') like '%cs\\_%cs\\_%'")
    i=$(sql postgres owner "select count(*) from auth.idempotency where key = 'secret'")
    if [[ $n == 0 && $i -ge 1 ]]; then ok "no secret is kept under a key"; else bad "$n of $i kept answers hold a secret"; fi
}

# restart_with <service> [setting=value...]: a process with settings of its own; none: as it was
restart_with() {
    mkdir -p "$state/env"
    if (($# > 1)); then printf '%s\n' "${@:2}" >"$state/env/$1"; else rm -f "$state/env/$1"; fi
    tools/stack restart "$1" >"$state/restart.log" 2>&1 || bad "$1 does not become ready: $(<"$state/restart.log")"
}

# slowness: how many times longer than on a quiet machine a request takes at the moment, at least 1; a limit is for a quiet one
slowness() {
    local began
    began=$(date +%s%3N)
    for _ in {1..10}; do status_of GET "$port" '' /api/v1/status >/dev/null; done
    echo $((1 + ($(date +%s%3N) - began) / 500))
}

# refused_within <what> <port> <token> <path>: each loop of an edge believes what it heard for 2 s
refused_within() {
    local began now=0 status='' last=0 limit=$(($(slowness) * 2000))
    began=$(date +%s%3N)
    while ((now < limit + 1000)); do
        now=$(($(date +%s%3N) - began))
        status=$(status_of GET "$2" "$3" "$4")
        [[ $status == 401 ]] || last=$now
        sleep 0.02
    done
    if ((last <= limit)); then ok "$1: refused after $last ms"; else bad "$1: still $status after $last ms"; fi
}

warm() { # <token> <path>: both edges have just seen it
    local a b
    a=$(status_of GET "$port" "$1" "$2") b=$(status_of GET "$second_port" "$1" "$2")
    [[ $a == 200 && $b == 200 ]] || bad "a good credential got $a and $b"
}

revocation() {
    local name=gone-$RANDOM$RANDOM me=/api/v1/auth/me session token refresh admin id key
    second_edge
    session=$(new_user "$name") token=$(jq -r .access_token <<<"$session") refresh=$(jq -r .refresh_token <<<"$session")
    warm "$token" $me
    status_of POST "$port" '' /api/v1/auth/logout "{\"refresh_token\":\"$refresh\"}" >/dev/null
    refused_within "signed out, at another edge" "$second_port" "$token" $me
    refused_within "signed out, at this edge" "$port" "$token" $me

    session=$(new_user "$name-2") token=$(jq -r .access_token <<<"$session") id=$(jq -r .user.id <<<"$session")
    admin=$(body_of POST "$port" '' /api/v1/auth/login \
        "{\"username\":\"admin\",\"password\":\"$(<"$state/secrets/admin.password")\"}" | jq -r .access_token)
    key=$(body_of POST "$port" "$token" /api/v1/api-keys '{"name":"k","scopes":["bots:read"]}' | jq -r .secret)
    warm "$token" $me
    warm "$key" /api/v1/bots
    status_of PATCH "$port" "$admin" "/api/v1/admin/users/$id" '{"status":"suspended"}' >/dev/null
    refused_within "suspended, at another edge" "$second_port" "$token" $me
    refused_within "the key of a suspended user" "$second_port" "$key" /api/v1/bots
    suspended_bot "$name-6" "$admin"

    session=$(new_user "$name-3") token=$(jq -r .access_token <<<"$session")
    key=$(body_of POST "$port" "$token" /api/v1/api-keys '{"name":"k","scopes":["bots:read"]}')
    id=$(jq -r .id <<<"$key") key=$(jq -r .secret <<<"$key")
    warm "$key" /api/v1/bots
    status_of DELETE "$port" "$token" "/api/v1/api-keys/$id" >/dev/null
    refused_within "a revoked key, at another edge" "$second_port" "$key" /api/v1/bots

    deaf "$name-4"
    without_auth "$name-5"
    second_edge_stop
}

# The public bot of a suspended owner answers nobody, and its visitors read nothing.
suspended_bot() { # <name> <admin's token>
    local session token bot answer visitor id seen=''
    session=$(new_user "$1") token=$(jq -r .access_token <<<"$session")
    bot=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Open","is_public":true}' | jq -r .id)
    answer=$(body_of POST "$port" '' "/api/v1/chat/$bot" '{"message":"hello"}')
    visitor=$(jq -r .visitor_token <<<"$answer") id=$(jq -r .session_id <<<"$answer")
    seen+=$(status_of GET "$port" "$visitor" "/api/v1/chat/$bot/session/$id")
    status_of PATCH "$port" "$2" "/api/v1/admin/users/$(jq -r .user.id <<<"$session")" '{"status":"suspended"}' >/dev/null
    sleep 2
    seen+=" $(status_of POST "$port" '' "/api/v1/chat/$bot" '{"message":"hello"}')"
    seen+=" $(status_of POST "$port" "$visitor" "/api/v1/chat/$bot" "{\"message\":\"hello\",\"session_id\":\"$id\"}")"
    seen+=" $(status_of GET "$port" "$visitor" "/api/v1/chat/$bot/session/$id") $(status_of GET "$port" '' "/api/v1/chat/$bot/config")"
    if [[ $seen == '200 403 403 403 403' ]]; then ok "a suspended owner's public bot answers no visitor"; else bad "a suspended owner's public bot: $seen"; fi
}

# An edge that could hear nothing while it happened knows it at once.
deaf() {
    local session token status
    session=$(new_user "$1") token=$(jq -r .access_token <<<"$session")
    warm "$token" /api/v1/auth/me
    kill -STOP "$second_pid"
    status_of POST "$port" '' /api/v1/auth/logout "{\"refresh_token\":$(jq .refresh_token <<<"$session")}" >/dev/null
    sleep 2.5
    kill -CONT "$second_pid"
    status=$(status_of GET "$second_port" "$token" /api/v1/auth/me)
    if [[ $status == 401 ]]; then ok "an edge that slept meanwhile refuses at once"; else bad "an edge that slept meanwhile said $status"; fi
}

seen_without_auth() { # <token> <key>
    printf ' %s' "$(status_of GET "$port" "$1" /api/v1/bots)" "$(status_of GET "$second_port" "$2" /api/v1/bots)" \
        "$(status_of GET "$second_port" "$1" /api/v1/bots)"
}

# Nobody who is good is told to sign in again because auth is away: its last answer is believed for 10 s, then it is 503.
without_auth() {
    local session token key status supervisor
    session=$(new_user "$1") token=$(jq -r .access_token <<<"$session")
    key=$(body_of POST "$port" "$token" /api/v1/api-keys '{"name":"k","scopes":["bots:read"]}' | jq -r .secret)
    for _ in {1..12}; do # each loop of both edges
        warm "$token" /api/v1/auth/me
        warm "$key" /api/v1/bots
    done
    supervisor=$(pid_of supervisor)
    kill -STOP "$supervisor"
    kill -KILL "$(pid_of auth)"
    sleep 2.2
    status=$(seen_without_auth "$token" "$key")
    if [[ $status == ' 200 200 200' ]]; then ok "without auth an edge believes what auth said last"; else bad "2 s without auth the edges answered$status"; fi
    sleep 10
    status=$(seen_without_auth "$token" "$key")
    kill -CONT "$supervisor"
    if [[ $status == ' 503 503 503' ]]; then ok "but not for more than 10 s"; else bad "12 s without auth the edges answered$status"; fi
    until ready auth; do sleep 0.05; done
    for _ in {1..50}; do
        status=$(status_of GET "$port" "$token" /api/v1/bots)
        [[ $status == 200 ]] && break
        [[ $status == 401 ]] && break
        sleep 0.1
    done
    if [[ $status == 200 ]]; then ok "and goes on when auth is back"; else bad "when auth was back the edge answered $status"; fi
}

# refused_while_sending <status> <header>: a client that is refused while it still sends can read why
refused_while_sending() {
    local line='' status=0
    exec 7<>"/dev/tcp/127.0.0.1/$port"
    printf 'POST /api/v1/bots HTTP/1.1\r\nHost: x\r\n%sContent-Length: 60000000\r\n\r\n' "$2" >&7
    head -c 60000000 /dev/zero >&7 2>/dev/null || status=$?
    IFS= read -r -t 5 line <&7
    exec 7>&-
    if [[ $status == 0 && $line == "HTTP/1.1 $1 "* ]]; then
        ok "a body that is too large is refused with $1, not cut off"
    else
        bad "sending a body that is too large ended with status $status and the answer '$line' instead of $1"
    fi
}

refusal() {
    local token
    token=$(new_user "large-$RANDOM$RANDOM" | jq -r .access_token)
    refused_while_sending 413 "Authorization: Bearer $token"$'\r\n'
    refused_while_sending 401 '' # a stranger's is not read at all
}

# refused_whole <what> <request, escaped>: one answer, 400 as a problem, then the end of the connection
refused_whole() {
    local answer
    exec 7<>"/dev/tcp/127.0.0.1/$port"
    printf '%b' "$2" >&7
    answer=$(timeout 10 cat <&7) || answer="no end; $answer"
    exec 7>&-
    if [[ $answer == 'HTTP/1.1 400 '*'application/problem+json'*'"status":400'* && $(grep -c '^HTTP/1.1 ' <<<"$answer") == 1 ]]; then
        ok "$1: refused, and nothing hidden is answered"
    else
        bad "$1: $answer"
    fi
}

# What a proxy in front may read otherwise is refused, and its connection is closed.
framing() {
    local hidden='GET /api/v1/status HTTP/1.1\r\nHost: hidden\r\n\r\n' post='POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n'
    local chunked="${post}Transfer-Encoding: chunked\r\n\r\n"
    refused_whole 'Content-Length and Transfer-Encoding' "${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$hidden"
    refused_whole 'Transfer-Encoding and Content-Length' "${post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n$hidden"
    refused_whole 'two Content-Length' "${post}Content-Length: 2\r\nContent-Length: 55\r\n\r\n{}$hidden"
    refused_whole 'two Transfer-Encoding' "${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n$hidden"
    refused_whole 'Content-Length in words' "${post}Content-Length: abc\r\n\r\n{}$hidden"
    refused_whole 'Transfer-Encoding in HTTP/1.0' "POST /api/v1/auth/login HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$hidden"
    refused_whole 'a folded header' "${post}X-A: b\r\n Transfer-Encoding: chunked\r\n\r\n$hidden"
    refused_whole 'a space before the colon' "${post}Content-Length : 2\r\n\r\n{}$hidden"
    refused_whole 'lines that end with LF' 'GET /api/v1/status HTTP/1.1\nHost: a\n\n'"$hidden"
    refused_whole 'a bare CR' "${post}X-A: b\rContent-Length: 2\r\n\r\n{}$hidden"
    refused_whole 'no Host' 'GET /api/v1/status HTTP/1.1\r\n\r\n'"$hidden"
    refused_whole 'two Hosts' 'GET /api/v1/status HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'"$hidden"
    refused_whole 'a chunk size of 0x2' "${chunked}0x2\r\n{}\r\n0\r\n\r\n$hidden"
    refused_whole 'chunk lines that end with LF' "${chunked}2\n{}\n0\n\n$hidden"
    refused_whole 'a chunk longer than its size' "${chunked}2\r\n{}}\r\n0\r\n\r\n$hidden"
    refused_whole 'a bad chunk of the second request' "GET /api/v1/nothing HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n${chunked}0x2\r\n{}\r\n0\r\n\r\n$hidden"
    refused_whole 'two Authorization' "GET /api/v1/bots HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n$hidden"
    refused_whole 'a head of 100 KB' "GET /api/v1/status HTTP/1.1\r\nHost: a\r\n$(for i in {1..30}; do printf 'X-%d: %04000d\\r\\n' "$i" 0; done)\r\n$hidden"
    refused_whole 'a Content-Type of 2 KB' "${post//application\/json/application\/json;a=$(printf '%02000d' 0)}Content-Length: 2\r\n\r\n{}$hidden"
}

# cors_of <origin> <curl arguments...>: the status, and which origin may read the answer
cors_of() {
    curl -sS -o /dev/null -D - -H "Origin: $1" "${@:2}" | tr -d '\r' |
        awk 'NR == 1 { status = $2 } tolower($1) == "access-control-allow-origin:" { origin = $2 } END { print status, origin }'
}

# A page reads what its bot allows, errors included; what it is forbidden it cannot even read.
cors() {
    local token bot got shop=https://shop.example evil=https://evil.example large=(-X POST -H 'Content-Type: application/json' -H 'Content-Length: 60000000' --max-time 5)
    token=$(new_user "cors-$RANDOM$RANDOM" | jq -r .access_token)
    bot=$(body_of POST "$port" "$token" /api/v1/bots "{\"name\":\"Cors\",\"is_public\":true,\"allowed_origins\":[\"$shop\"]}" | jq -r .id)
    sleep 2.2 # the bot may be known as private still
    got="$(cors_of $shop "$base_url/api/v1/chat/$bot/config"), $(cors_of $evil "$base_url/api/v1/chat/$bot/config")"
    if [[ $got == "200 $shop, 403 " ]]; then ok 'the settings of a bot are for its pages'; else bad "settings: $got"; fi
    got="$(cors_of $shop -d '{"message":"a"}' -H 'Content-Type: application/json' "$base_url/api/v1/chat/$bot"), $(cors_of $evil -d '{"message":"a"}' -H 'Content-Type: application/json' "$base_url/api/v1/chat/$bot")"
    if [[ $got == "200 $shop, 403 " ]]; then ok 'public chat is for the pages of its bot'; else bad "public chat: $got"; fi
    got="$(cors_of $shop "$base_url/api/v1/chat/018f0000-0000-7000-8000-000000000001/config"), $(cors_of $shop "${large[@]}" "$base_url/api/v1/chat/$bot")"
    if [[ $got == "404 $shop, 413 $shop" ]]; then ok 'errors can be read, also those of h2o'; else bad "errors: $got"; fi
    got="$(cors_of $shop "$base_url/api/v1/bots"), $(cors_of "$base_url" "$base_url/api/v1/bots")"
    if [[ $got == "401 , 401 $base_url" ]]; then ok 'other routes are for pages of the platform'; else bad "other routes: $got"; fi
}

# unread <what> <status> <request line and headers, escaped>: answered at once, though its body never comes
unread() {
    local answer
    exec 7<>"/dev/tcp/127.0.0.1/$port"
    printf '%b' "$3\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 30000000\r\n\r\n{" >&7
    answer=$(timeout 10 cat <&7) || answer="no end; $answer"
    exec 7>&-
    if [[ $answer == "HTTP/1.1 $2 "*'application/problem+json'* ]]; then ok "$1: $2 before the body"; else bad "$1: $answer"; fi
}

# still_open <fd...>: how many the edge has not closed
still_open() {
    local fd open=0 status
    for fd in "$@"; do
        status=0
        IFS= read -r -t 0.05 -u "$fd" _ || status=$?
        ((status > 128)) && open=$((open + 1))
    done
    echo "$open"
}

# answered <status> <fd...>: on how many the first line is an answer with this status
answered() {
    local fd line n=0 status=$1
    for fd in "${@:2}"; do
        IFS= read -r -t 0.05 -u "$fd" line && [[ $line == "HTTP/1.1 $status "* ]] && n=$((n + 1))
    done
    echo "$n"
}

# A stranger parks no memory, and the slow upload of a user beside it succeeds.
parked() {
    local session token key bot fd fds=() left slow told=0 gauge refused
    session=$(new_user "parked-$RANDOM$RANDOM") token=$(jq -r .access_token <<<"$session")
    key=$(body_of POST "$port" "$token" /api/v1/api-keys '{"name":"k","scopes":["documents:write"]}' | jq -r .secret)
    bot=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Parked"}' | jq -r .id)
    unread 'a path that does not exist' 404 'POST /api/v1/nothing HTTP/1.1'
    unread 'a method that the path does not have' 405 'PUT /api/v1/auth/login HTTP/1.1'
    unread 'a body without a credential' 401 "POST /api/v1/bots/$bot/documents HTTP/1.1"
    unread 'a body with a forged token' 401 "POST /api/v1/bots/$bot/documents HTTP/1.1\r\nAuthorization: Bearer ${token%?????}AAAAA"
    head -c 2300000 /dev/zero | tr '\0' 'x' >"$state/slow.txt"
    curl -sS -o "$state/slow.json" -w '%{http_code}\n' --limit-rate 64K -H "Authorization: Bearer $key" \
        -F "file=@$state/slow.txt;type=text/plain" "$base_url/api/v1/bots/$bot/documents" >"$state/slow.status" 2>&1 &
    slow=$!
    for _ in {1..40}; do
        exec {fd}<>"/dev/tcp/127.0.0.1/$port"
        printf 'POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 30000000\r\n\r\n' >&"$fd"
        head -c 1000000 /dev/zero 1>&"$fd" 2>/dev/null
        fds+=("$fd")
    done
    for _ in {1..30}; do
        told=$((told + $(answered 429 "${fds[@]}")))
        ((told >= 32)) && break
        sleep 0.3
    done
    if ((told >= 32)); then ok "of 40 bodies of 1 MB of one stranger $told get 429, on all loops together"; else bad "of 40 bodies of a stranger $told get 429"; fi
    gauge=$(metric edge 'cs_edge_body_bytes{of="strangers"}') refused=$(metric edge 'cs_edge_bodies_refused_total{reason="share"}')
    if ((${gauge:-999999999} <= 8 << 20 && ${refused:-0} >= 32)); then ok "and counted: $refused refused, $gauge bytes held"; else bad "the metrics count $refused refused and $gauge bytes held"; fi
    wait "$slow"
    if [[ $(<"$state/slow.status") == 202 ]]; then ok "an upload of 35 s with an API key succeeds beside them"; else bad "a slow upload ended with $(<"$state/slow.status")"; fi
    for _ in {1..20}; do
        left=$(still_open "${fds[@]}")
        ((left == 0)) && break
        sleep 1
    done
    if ((left == 0)); then ok "after 35 s no stranger holds more than 64 KB"; else bad "$left bodies of a stranger are held for 35 s"; fi
    for fd in "${fds[@]}"; do exec {fd}>&-; done
    unread_files "$token" "/api/v1/bots/$bot/documents/$(jq -r .document.id "$state/slow.json")/content"
}

# unread_files <token> <path>: of 40 downloads that nobody reads a workspace has 32, and another one when they are gone
unread_files() {
    local fd fds=() told=0 held
    for _ in {1..40}; do
        exec {fd}<>"/dev/tcp/127.0.0.1/$port"
        printf 'GET %s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n' "$2" "$1" >&"$fd"
        fds+=("$fd")
    done
    for _ in {1..30}; do
        told=$((told + $(answered 429 "${fds[@]}")))
        ((told >= 8)) && break
        sleep 0.3
    done
    held=$(metric edge cs_edge_files)
    if ((told == 8 && ${held:-0} == 32)); then ok "of 40 downloads that nobody reads 32 are held and 8 get 429"; else bad "$told of 40 downloads get 429, ${held:-none} are held"; fi
    for fd in "${fds[@]}"; do exec {fd}>&-; done
    for _ in {1..30}; do
        [[ $(metric edge cs_edge_files) == 0 ]] && break
        sleep 0.3
    done
    if [[ $(status_of GET "$port" "$1" "$2") == 200 ]]; then ok "a download succeeds when they are gone"; else bad "a download fails when they are gone"; fi
}

# at_once <token> <n> <path> <body>: how many of n POSTs at the same moment made something
at_once() {
    seq "$2" | xargs -P 16 -I{} curl -s -o /dev/null -w '%{http_code}\n' -H "Authorization: Bearer $1" \
        -H 'Content-Type: application/json' -d "$4" "$base_url$3" | grep -cx 201
}

# last_one <what> <token> <max> <table> <path> <body>: of those made at the same moment no more are made than may be
last_one() {
    local made lock_pid
    made=$(at_once "$2" $(($3 - 1)) "$5" "$6")
    sql postgres owner "begin; lock table $4; select pg_sleep(1.5)" >/dev/null & # where they meet
    lock_pid=$!
    sleep 0.3
    made+=" $(at_once "$2" 8 "$5" "$6")"
    wait "$lock_pid"
    if [[ $made == "$(($3 - 1)) 1" ]]; then ok "the last $1 is made once"; else bad "of at most $3 of $1 $made were made"; fi
}

plan_limit() {
    local token
    token=$(new_user "plan-$RANDOM$RANDOM" | jq -r .access_token)
    last_one "bot of a plan" "$token" "$(body_of GET "$port" "$token" /api/v1/usage | jq .plan.max_bots)" \
        bot_store.bots /api/v1/bots '{"name":"one of many"}'
}

key_limit() {
    local token
    token=$(new_user "full-$RANDOM$RANDOM" | jq -r .access_token)
    last_one "API key of a workspace" "$token" 100 auth.api_keys /api/v1/api-keys '{"name":"one of many","scopes":["bots:read"]}'
}

password_event() {
    local session told
    session=$(new_user "told-$RANDOM$RANDOM")
    status_of POST "$port" "$(jq -r .access_token <<<"$session")" /api/v1/auth/password \
        '{"current_password":"correct horse battery","new_password":"another horse battery"}' >/dev/null
    sleep 1
    told=$(CHATSPHERE_NATS_URL=nats://127.0.0.1:$nats_port CHATSPHERE_NATS_CREDS=$state/nats/creds/ops.creds "$bin/chatsphere" events tail \
        --tenant "$(jq -r .workspace.id <<<"$session")" --since all --no-follow | grep -o 'user\.[a-z]*' | tr '\n' ' ')
    if [[ $told == 'user.created user.updated ' ]]; then ok "a changed password is told"; else bad "of a changed password was told: $told"; fi
}

# An event for which the broker has no room is put aside, and those after it are published.
# At each start, and with each new version.
streams_again() {
    local out
    if out=$(migrate 2>&1); then
        ok "streams and schemas are made again without harm"
    else
        bad "streams and schemas cannot be made again: $out"
    fi
}

events() {
    streams_again
    local tenant=018f0000-0000-7000-8000-000000000002 left refused
    sql postgres owner "insert into auth.outbox (id, tenant_id, subject, headers, payload)
        select gen_random_uuid(), '$tenant', 'chatsphere.event.v1.$tenant._.user.probe',
            json_build_object('ce-x', repeat('x', case i when 2 then 1100000 else 1 end)), '' from generate_series(1, 4) i"
    new_user "probe-$RANDOM$RANDOM" >/dev/null # a relay at rest looks rarely; an event of its own process wakes it
    for _ in {1..60}; do
        left=$(sql postgres owner 'select count(*) from auth.outbox')
        [[ $left == 0 ]] && break
        sleep 0.05
    done
    refused=$(sql postgres owner "select count(*) from auth.outbox_refused where tenant_id = '$tenant'")
    if [[ $left == 0 && $refused == 1 && $(metric auth cs_outbox_refused_total) == 1 ]]; then
        ok "an event too large for the broker is put aside and stops no other"
    else
        bad "with an event too large for the broker $left events wait and $refused were put aside"
    fi
    password_event
    event_small
    event_feedback
    bot_deletion_missed
    event_budget
}

limits() {
    refusal
    plan_limit
    key_limit
    second_edge
    sum "$bin/play" "http://127.0.0.1:$second_port" tests/stack/limits.cst
    second_edge_stop
}

# Nothing of the state is open to other users of the machine, and PostgreSQL reads nothing that is not its own.
files() {
    local open pid
    open=$(find "$state" ! -type l ! -type s -perm /077 | head -n 5)
    if [[ -z $open ]]; then ok "the state is closed to other users"; else bad "open to other users: $open"; fi
    for pid in $(pid_of postgres) $(pgrep -P "$(pid_of postgres)"); do
        if grep -qE 'Cap(Inh|Prm|Eff|Amb):.*[1-9a-f]' "/proc/$pid/status"; then
            bad "a process of PostgreSQL has capabilities: $(grep Cap "/proc/$pid/status")"
            return
        fi
    done
    ok "PostgreSQL has no capabilities"
}

# The role of a service gets into no database but its own, and cannot hold the lock of another schema's relay.
roles() {
    local name base holder entered='' left=''
    for name in $("$bin/chatsphere" topology | awk '$4 == "schema" { print $1 }'); do
        for base in postgres template1; do
            if PGPASSWORD=$(<"$state/secrets/pg/$name") "$pg_bin/psql" -qXAt -h "$pg_socket" -U "chatsphere_$name" -d "$base" -c 'select 1' >/dev/null 2>&1; then
                entered+=" chatsphere_$name:$base"
            fi
        done
    done
    if [[ -z $entered ]]; then ok "no role of a service may connect to postgres or template1"; else bad "roles may connect:$entered"; fi
    if sql chatsphere_retrieve retrieve 'select 1 from auth.outbox_relay for update' >/dev/null 2>&1; then
        bad "chatsphere_retrieve locks the relay of auth"
    fi
    sql chatsphere_retrieve retrieve "select pg_advisory_lock(hashtext('outbox'), hashtext('auth')); select pg_sleep(60)" >/dev/null 2>&1 &
    holder=$!
    until [[ $(sql postgres owner "select count(*) from pg_locks where locktype = 'advisory' and granted and objsubid = 2") != 0 ]]; do sleep 0.05; done
    new_user "roles-$RANDOM$RANDOM" >/dev/null
    for _ in {1..100}; do
        left=$(sql postgres owner 'select count(*) from auth.outbox')
        [[ $left == 0 ]] && break
        sleep 0.1
    done
    kill "$holder"
    if [[ $left == 0 ]]; then ok "the relay of auth waits for no lock of another role"; else bad "the relay of auth stands still: $left events wait"; fi
}
