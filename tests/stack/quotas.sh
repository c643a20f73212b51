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

# A flood of sign-ins is refused beyond its lane, and nobody who is signed in notices.
logins() {
    local token flood seen flood_pid refused
    token=$(new_user "calm-$RANDOM$RANDOM" | jq -r .access_token)
    flood=$(mktemp)
    statuses '' /api/v1/auth/login 1000 120 '{"username":"nobody","password":"wrong horse battery"}' >"$flood" &
    flood_pid=$!
    sleep 0.5
    seen=$(statuses "$token" /api/v1/auth/me 200 4)
    if ! kill -0 "$flood_pid" 2>/dev/null; then bad "the flood of sign-ins was over before the requests beside it"; fi
    wait "$flood_pid"
    shows "beside a flood of sign-ins who is signed in is answered" '200x200 ' "$seen"
    flood=$(<"$flood")
    refused=$(curl -fsS "http://$(<"$state/admin/auth")/metrics" | awk '/^cs_lane_refused_total{lane="passwords"}/ { print $2 }')
    if [[ $flood =~ ^401x[0-9]+\ 429x([0-9]+)\ $ && ${refused%.*} -ge ${BASH_REMATCH[1]} ]]; then
        ok "the flood is answered 401, and 429 beyond its lane ($flood)"
    else
        bad "the flood got $flood, and $refused refusals are counted"
    fi
}
