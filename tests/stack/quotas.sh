# shellcheck shell=bash disable=SC2154
# Shares and quotas: what one may take is refused beyond its number, also at the same moment, and others
# never wait for it. Parts of tests/stack/run, which sources this.

# statuses <token> <path> <n> <at once> [body]: how often each status came, as `200x3 429x1 `
statuses() {
    local args=(-s --max-time 20 -o /dev/null -w '%{http_code}\n' -H 'Content-Type: application/json')
    [[ -n $1 ]] && args+=(-H "Authorization: Bearer $1")
    [[ -n ${5:-} ]] && args+=(-d "$5")
    seq "$3" | xargs -P "$4" -I{} curl "${args[@]}" "$base_url$2" | sort | uniq -c | awk '{ print $2 "x" $1 }' | tr '\n' ' '
}

# A flood of sign-ins is refused beyond its lane, and nobody who is signed in notices, nor anybody who signed in here before. Of
# a lane of eight nearly every place is the flood's at each moment.
logins() {
    local name=calm-$RANDOM$RANDOM token flood seen flood_pid refused began member
    restart_with auth CHATSPHERE_PASSWORD_CALLS=8
    token=$(new_user "$name" | jq -r .access_token) member="{\"username\":\"$name\",\"password\":\"correct horse battery\"}"
    status_of POST "$port" '' /api/v1/auth/login "$member" >/dev/null
    flood=$(mktemp)
    touch "$flood.on"
    while [[ -e $flood.on ]]; do statuses '' /api/v1/auth/login 300 120 '{"username":"nobody","password":"wrong horse battery"}'; done >"$flood" &
    flood_pid=$!
    sleep 0.5
    began=$(date +%s%3N)
    seen=$(statuses '' /api/v1/auth/login 10 1 "$member")
    shows "a member signs in ten times beside a flood from the same network (in $((($(date +%s%3N) - began) / 10)) ms each)" '200x10 ' "$seen"
    seen=$(statuses "$token" /api/v1/auth/me 200 4)
    rm "$flood.on"
    wait "$flood_pid"
    shows "beside a flood of sign-ins who is signed in is answered" '200x200 ' "$seen"
    flood=$(tr ' ' '\n' <"$flood" | awk -Fx 'NF == 2 { n[$1] += $2 } END { for (s in n) print s "x" n[s] }' | sort | tr '\n' ' ')
    refused=$(curl -fsS "http://$(<"$state/admin/auth")/metrics" | awk '/^cs_lane_refused_total{lane="passwords"}|^chatsphere_passwords_refused_total/ { n += $2 } END { print n }')
    if [[ $flood =~ ^401x[0-9]+\ 429x([0-9]+)\ $ && ${refused%.*} -ge ${BASH_REMATCH[1]} ]]; then
        ok "the flood is answered 401, and 429 beyond its lane ($flood)"
    else
        bad "the flood got $flood, and $refused refusals are counted"
    fi
    restart_with auth
}

# plan_user <name> <column=number...>: a new user in a plan of its own with these numbers and no others; sets $token and $tenant
plan_user() {
    local session admin
    sql postgres owner "insert into auth.plans (name, rank) values ('$1', 99); update auth.plans set ${*:2} where name = '$1'"
    session=$(new_user "$1") token=$(jq -r .access_token <<<"$session") tenant=$(jq -r .workspace.id <<<"$session")
    admin=$(admin_token)
    status_of PATCH "$port" "$admin" "/api/v1/admin/users/$(jq -r .user.id <<<"$session")" "{\"plan\":\"$1\"}" >/dev/null
}

quota_bot() { # <token> [more fields]
    body_of POST "$port" "$1" /api/v1/bots "{\"name\":\"Quota\"${2:+,$2}}" | jq -r .id
}

# refused_by_plan <what> <text> <path> <body>: the problem names the quota
refused_by_plan() {
    shows "$1" "429 limited_plan $2" "$(api POST "$port" "$token" "$3" "$4" | jq -sr '"\(.[1]) \(.[0].code) \(.[0].detail)"')"
}

# Of eight requests at the same moment exactly those succeed that the plan allows; what is erased comes back.
quota_documents() {
    local token tenant bot path name=docs-$RANDOM$RANDOM
    plan_user "$name" max_documents=5
    bot=$(quota_bot "$token") path=/api/v1/bots/$bot/documents
    shows "of eight documents at the same moment five are accepted" '202x5 429x3 ' "$(statuses "$token" "$path" 8 8 '{"name":"a{}.md","text":"# A"}')"
    refused_by_plan "and the refusal names the quota" "The plan allows 5 documents in a workspace, and they are used up." "$path" '{"name":"a.md","text":"# A"}'
    status_of DELETE "$port" "$token" "$path/$(body_of GET "$port" "$token" "$path" | jq -r '.items[0].id')" >/dev/null
    shows "one that was deleted makes room for one" '202x1 429x7 ' "$(statuses "$token" "$path" 8 8 '{"name":"b{}.md","text":"# A"}')"

    plan_user "$name-b" max_document_bytes=2000
    bot=$(quota_bot "$token") path=/api/v1/bots/$bot/documents
    local body
    body=$(printf '{"name":"a{}.md","text":"%0600d"}' 7)
    shows "of eight documents of 600 bytes three fit into 2,000" '202x3 429x5 ' "$(statuses "$token" "$path" 8 8 "$body")"
    shows "those that were refused do not stay" 3 "$(body_of GET "$port" "$token" "$path" | jq '.items | length')"
    status_of DELETE "$port" "$token" "$path/$(body_of GET "$port" "$token" "$path" | jq -r '.items[0].id')" >/dev/null
    shows "and bytes come back with a deletion" '202x1 429x1 ' "$(statuses "$token" "$path" 2 1 "${body/a{/b{}")"
    shows "what is held is what is stored" '3 1800' "$(sql postgres owner "select documents || ' ' || bytes from ingest.held where tenant_id = '$tenant'")"
}

quota_keys_and_bots() {
    local token tenant name=keys-$RANDOM$RANDOM
    plan_user "$name" max_api_keys=3, max_bots=2
    shows "of eight API keys at the same moment three are made" '201x3 429x5 ' "$(statuses "$token" /api/v1/api-keys 8 8 '{"name":"k","scopes":["bots:read"]}')"
    shows "of eight bots at the same moment two are made" '201x2 429x6 ' "$(statuses "$token" /api/v1/bots 8 8 '{"name":"Quota"}')"
    refused_by_plan "a refused bot names the quota" "The plan allows 2 bots in a workspace, and they are used up." /api/v1/bots '{"name":"Quota"}'
}

# Messages and tokens of a month, and the budget of a public bot, which is the plan's or its own.
quota_messages() {
    local token tenant bot path name=says-$RANDOM$RANDOM question='{"message":"hello"}'
    plan_user "$name" max_messages=4
    bot=$(quota_bot "$token" '"is_public":true')
    shows "of eight questions at the same moment four are answered" '200x4 429x4 ' "$(statuses '' "/api/v1/chat/$bot" 8 8 "$question")"
    path=/api/v1/conversations/$(body_of POST "$port" "$token" /api/v1/conversations "{\"bot_id\":\"$bot\"}" | jq -r .id)/messages
    shows "the next month is named" '429 limited_plan true' "$(api POST "$port" "$token" "$path" '{"content":"hello"}' |
        jq -sr '"\(.[1]) \(.[0].code) \(.[0].detail | test("^The plan allows 4 messages a month, and they are used up until [0-9]{4}-[0-9]{2}-01T00:00:00.000Z.$"))"')"

    plan_user "$name-b" max_public_messages_day=5, max_public_messages=5000
    bot=$(quota_bot "$token" '"is_public":true')
    shows "a public bot answers what its plan allows a day" '200x5 429x3 ' "$(statuses '' "/api/v1/chat/$bot" 8 8 "$question")"
    shows "and says so" '429 limited_day' "$(api POST "$port" '' "/api/v1/chat/$bot" "$question" | jq -sr '"\(.[1]) \(.[0].code)"')"
    path=/api/v1/conversations/$(body_of POST "$port" "$token" /api/v1/conversations "{\"bot_id\":\"$bot\"}" | jq -r .id)/messages
    shows "its owner goes on" 200 "$(status_of POST "$port" "$token" "$path" '{"content":"hello"}')"
    bot=$(quota_bot "$token" '"is_public":true,"configuration":{"max_public_messages":2}')
    shows "a bot has a smaller budget of its own" '200x2 429x6 ' "$(statuses '' "/api/v1/chat/$bot" 8 8 "$question")"

    plan_user "$name-c" max_tokens=10
    bot=$(quota_bot "$token")
    sql postgres owner "insert into chat.used (tenant_id, scope, period, since, slot, tokens) values ('$tenant', '$tenant', 'month', date_trunc('month', now() at time zone 'UTC')::date, 0, 10)"
    path=/api/v1/conversations/$(body_of POST "$port" "$token" /api/v1/conversations "{\"bot_id\":\"$bot\"}" | jq -r .id)/messages
    shows "tokens of a month are kept" '429 limited_plan' "$(api POST "$port" "$token" "$path" '{"content":"hello"}' | jq -sr '"\(.[1]) \(.[0].code)"')"
}

# So many transactions that are open at once each count a message of one workspace: `counted` of each.
counted_at_once() { # <n>
    cat >"$state/counted.sql" <<'SQL'
begin;
set local lock_timeout = '5s';
select set_config('chatsphere.tenant', :'tenant', true) \gset
select 'counted' from chat.use_message(:'tenant', :'tenant', 'month', 'month', null, null);
\setenv LEFT :left
\! if [ "$LEFT" -gt 1 ]; then psql -qXAt -v tenant="$TENANT" -v left=$((LEFT - 1)) -f "$SCRIPT"; fi
rollback;
SQL
    PGPASSWORD=$(<"$state/secrets/pg/chat") PGHOST=$pg_socket PGUSER=chatsphere_chat PGDATABASE=chatsphere \
        PATH=$pg_bin:$PATH TENANT=$tenant SCRIPT=$state/counted.sql \
        PGOPTIONS='-c search_path=chat,pg_temp' psql -qXAt -v tenant="$tenant" -v left="$1" -f "$state/counted.sql" 2>/dev/null |
        sort | uniq -c | tr -s ' '
}

quota_counters() {
    local token tenant bot name=counts-$RANDOM$RANDOM
    plan_user "$name" max_messages=1000
    shows "turns that begin at the same moment do not wait for each other's counter" ' 12 counted' "$(counted_at_once 12)"

    # beyond what is counted one by one, so that the process counts blocks in advance
    plan_user "$name-b" max_messages=330
    bot=$(quota_bot "$token" '"is_public":true')
    shows "of 400 questions, eight at a time, as many are answered as the plan allows" '200x330 429x70 ' "$(statuses '' "/api/v1/chat/$bot" 400 8 '{"message":"hello"}')"
    shows "and none is counted that was not asked" 330 "$(sql postgres owner "select sum(messages) from chat.used where tenant_id = '$tenant' and scope = '$tenant'")"
    plan_user "$name-c" max_messages=100000
    bot=$(quota_bot "$token" '"is_public":true')
    shows "far from the limit 20 questions are answered" '200x20 ' "$(statuses '' "/api/v1/chat/$bot" 20 8 '{"message":"hello"}')"
    tools/stack restart chat >"$state/restart.log" 2>&1 || bad "chat could not be restarted: $(<"$state/restart.log")"
    shows "at its stop chat gives back what it counted in advance" 20 "$(sql postgres owner "select sum(messages) from chat.used where tenant_id = '$tenant' and scope = '$tenant'")"
}

# A hundred questions at the same moment, which three processes answer: together they stay within the plan. Some may be refused
# for want of a place, so further ones follow until the plan refuses.
quota_replicas() {
    local token tenant bot first rest n name=many-$RANDOM$RANDOM
    tools/stack scale chat 3 >"$state/scale.log" 2>&1 || bad "chat could not be scaled to 3: $(<"$state/scale.log")"
    plan_user "$name" max_messages=50
    bot=$(quota_bot "$token" '"is_public":true')
    first=$(statuses '' "/api/v1/chat/$bot" 100 100 '{"message":"hello"}')
    rest=$(statuses '' "/api/v1/chat/$bot" 60 2 '{"message":"hello"}')
    n=$(tr ' ' '\n' <<<"$first $rest" | awk -Fx '$1 == 200 { n += $2 } END { print n + 0 }')
    shows "of a hundred questions at the same moment at three processes, and those that follow, as many are answered as the plan allows ($first)" 50 "$n"
    shows "and all others are refused" '' "$(tr ' ' '\n' <<<"$first $rest" | grep -vE '^(200|429)x|^$')"
    tools/stack scale chat 1 >"$state/scale.log" 2>&1 || bad "chat could not be scaled to 1: $(<"$state/scale.log")"
}

quotas() {
    quota_messages
    quota_replicas
    quota_counters
    quota_keys_and_bots
    quota_documents
}
