# shellcheck shell=bash disable=SC2154
# New keys under load: the part `rotate` of tests/stack/run, which sources this.

rotate() {
    local dir=$state/rotate session token visitor bot public conversation old_kids load_pid left
    rm -rf "$dir"
    mkdir -p "$dir"
    rotate_world
    cp "$state/secrets/sign-edge.key" "$dir/old-edge.key"
    rotate_load "$dir" &
    load_pid=$!
    old_kids=$(rotate_kids)
    rotate_cli all --after 20s >"$dir/begin" || bad "rotate all: $(<"$dir/begin")"
    rotate_refused 'a rotation that is under way begins no second one' all
    rotate_refused 'a key that is not in use yet is not finished' --finish --force
    rotate_used "$old_kids"
    rotate_resealed
    sleep 3
    touch "$dir/stop"
    wait "$load_pid"
    rotate_load_seen "$dir"
    rotate_refused 'an old key stays while it may be needed' --finish
    rotate_old_works
    rotate_cli --finish --force >"$dir/finish" || bad "rotate --finish: $(<"$dir/finish")"
    rotate_old_ends "$dir"
    rotate_new_works
}

# rotate_cli <word and options...>
rotate_cli() {
    CHATSPHERE_PG_URL_FILE=$state/secrets/url-bot_store "$bin/chatsphere" rotate "$@" --dir "$state/secrets" 2>&1
}

rotate_refused() { # <what> <word and options...>
    local before after said
    before=$(cat "$state"/secrets/{jwt.pem,seal.key,sign*} | sha256sum)
    if said=$(rotate_cli "${@:2}"); then
        bad "$1: $said"
        return
    fi
    after=$(cat "$state"/secrets/{jwt.pem,seal.key,sign*} | sha256sum)
    if [[ $before == "$after" ]]; then ok "$1"; else bad "$1: the files have changed; $said"; fi
}

rotate_kid() { cut -d . -f 1 <<<"$1" | tr '_-' '/+' | base64 -d 2>/dev/null | grep -o '"kid":"[^"]*'; } # <token>

# A user, a bot that answers with a stored provider key, and a visitor of a public bot, into $token, $bot, $public, ...
rotate_world() {
    local name=rotate-$RANDOM$RANDOM answer
    session=$(new_user "$name") token=$(jq -r .access_token <<<"$session")
    bot=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Turning","is_public":true}' | jq -r .id)
    status_of PUT "$port" "$token" "/api/v1/bots/$bot/provider-keys/house" \
        "{\"api_key\":\"sk-rotate\",\"base_url\":\"$provider_url/v1\"}" >/dev/null
    status_of PATCH "$port" "$token" "/api/v1/bots/$bot" \
        '{"configuration":{"llm_provider":"house","llm_model":"test"}}' >/dev/null
    public=$(body_of POST "$port" "$token" /api/v1/bots '{"name":"Open","is_public":true}' | jq -r .id)
    answer=$(body_of POST "$port" '' "/api/v1/chat/$public" '{"message":"hello"}')
    visitor=$(jq -r .visitor_token <<<"$answer") visited=$(jq -r .session_id <<<"$answer")
    conversation=$(body_of POST "$port" "$token" /api/v1/conversations "{\"bot_id\":\"$bot\"}" | jq -r .id)
    old_token=$token old_visitor=$visitor
}

rotate_visit() { # <visitor's token>
    status_of GET "$port" "$1" "/api/v1/chat/$public/session/$visited"
}

rotate_ask() { # the status of an answer that needs the provider key
    status_of POST "$port" "${1:-$token}" "/api/v1/conversations/$conversation/messages" '{"content":"hello"}'
}

# Until $1/stop is there: a read, a signed write, an answer by the provider key and a visitor's read, a line each.
rotate_load() {
    local i
    for ((i = 0; i < 600; i++)); do
        [[ -e $1/stop ]] && break
        printf '%s me\n%s write\n%s answer\n%s visitor\n' "$(status_of GET "$port" "$token" /api/v1/auth/me)" \
            "$(status_of PATCH "$port" "$token" "/api/v1/bots/$public" '{"description":"'"$i"'"}')" \
            "$(rotate_ask)" "$(rotate_visit "$visitor")"
        sleep 0.1
    done >"$1/load"
}

rotate_load_seen() {
    local wrong n
    n=$(wc -l <"$1/load")
    wrong=$(grep -v '^20[01] ' "$1/load" | sort | uniq -c | tr '\n' ' ')
    if [[ -z $wrong ]] && ((n > 40)); then ok "of $n requests during the rotation none failed"; else bad "of $n requests during the rotation failed: $wrong"; fi
}

# The newest kids that auth lists, seen in a token that it signs now.
rotate_kids() { rotate_kid "$(new_user "kid-$RANDOM$RANDOM" | jq -r .access_token)"; }

# rotate_used <old kid>: the new key signs tokens, when its time has come
rotate_used() {
    local kid=$1 i
    for ((i = 0; i < 60 && i >= 0; i++)); do
        kid=$(rotate_kids)
        [[ $kid != "$1" ]] && break
        sleep 1
    done
    if [[ -n $kid && $kid != "$1" ]]; then ok "the new key signs tokens after $i s, without a restart"; else bad "after $i s tokens are still signed by '$kid'"; fi
}

rotate_stale() { # how many boxes are not of the newest key
    metric bot-store cs_provider_keys_stale
}

# Each box of a provider key has another head than before, and no box of an older key is left.
rotate_resealed() {
    local heads i
    for ((i = 0; i < 40; i++)); do
        heads=$(sql postgres owner "select count(distinct substring(box from 1 for 9)) || ' ' || bool_and(get_byte(box, 0) = 2)
            from bot_store.provider_keys where box is not null")
        left=$(metric bot-store cs_provider_keys_resealed_total)
        [[ $heads == '1 true' && $left != 0 ]] && break
        sleep 1
    done
    if [[ $heads == '1 true' && $(rotate_stale) == 0 ]] && ((left > 0)); then ok "$left provider keys are sealed with the new key"; else bad "heads of provider keys: $heads; $left were sealed anew, $(rotate_stale) are left"; fi
}

rotate_old_works() {
    local seen
    seen="$(status_of GET "$port" "$old_token" /api/v1/auth/me) $(rotate_visit "$old_visitor") $(rotate_ask)"
    if [[ $seen == '200 200 200' || $seen == '200 200 201' ]]; then ok "tokens of the old key go on working"; else bad "tokens of the old key, and an answer: $seen"; fi
}

# An edge asks for keys again when a token names an unknown one, at most each ten seconds, and else once a minute.
rotate_old_ends() { # <folder>
    local i seen
    for ((i = 0; i < 80; i++)); do
        seen="$(status_of GET "$port" "$old_token" /api/v1/auth/me) $(rotate_visit "$old_visitor")"
        [[ $seen == '401 401' ]] && break
        sleep 1
    done
    if [[ $seen == '401 401' ]]; then ok "tokens of the dropped key are refused after $i s"; else bad "tokens of the dropped key: $seen after $i s"; fi
    i=$(free_port)
    edge_beside edge-old "$i" CHATSPHERE_LIMIT_FACTOR=0 CHATSPHERE_SIGN_KEY_FILE="$1/old-edge.key"
    for _ in {1..200}; do
        ready edge-old && break
        sleep 0.05
    done
    token=$(new_user "after-$RANDOM$RANDOM" | jq -r .access_token)
    seen="$(status_of GET "$i" "$token" /api/v1/bots) $(status_of POST "$i" "$token" /api/v1/bots '{"name":"Forged"}')"
    if [[ $seen == '200 401' ]]; then ok "a call that the dropped key has signed is refused"; else bad "calls of an edge with the dropped key: $seen"; fi
    kill -TERM "$beside"
    wait "$beside"
    rm -f "$state/admin/edge-old"
}

rotate_new_works() {
    local seen name
    token=$(body_of POST "$port" '' /api/v1/auth/refresh "{\"refresh_token\":$(jq .refresh_token <<<"$session")}" | jq -r .access_token)
    seen="$(status_of GET "$port" "$token" /api/v1/auth/me) $(rotate_ask "$token")"
    seen+=" $(metric bot-store 'cs_secret_loads_total{setting="SEAL_KEY",result="loaded"}')"
    if [[ $seen == '200 20'[01]' 2' ]]; then ok "a refresh token gets a token of the new key, and the provider key opens"; else bad "after the rotation: $seen"; fi
    for name in "${services[@]}"; do
        seen=$(metric "$name" 'cs_secret_loads_total{setting="SIGN_PUB",result="failed"}')
        [[ $seen == 0 ]] || bad "$name could not read $seen secrets"
    done
}
