# shellcheck shell=bash disable=SC2154
# Sessions: what transcripts cannot show, since it happens at the same moment or after some time. A part of tests/stack/run, which sources this.

refresh_body() { # <refresh token>: the whole answer
    body_of POST "$port" '' /api/v1/auth/refresh "{\"refresh_token\":\"$1\"}"
}
refresh_status() { status_of POST "$port" '' /api/v1/auth/refresh "{\"refresh_token\":\"$1\"}"; }

# token_sql <refresh token> <expression>: of its row
token_sql() { sql postgres owner "select $2 from auth.refresh_tokens where hash = sha256('$1')"; }

# Time passes for one token: it was used so many seconds earlier.
token_age() { # <refresh token> <seconds>
    sql postgres owner "update auth.refresh_tokens set used_at = used_at - interval '$2 s' where hash = sha256('$1')"
}

scale_auth() { # <n>
    tools/stack scale auth "$1" >"$state/scale.log" 2>&1 || bad "auth could not be scaled to $1: $(<"$state/scale.log")"
}

# Tabs that refresh at the same moment, at two replicas, share one new token.
refresh_together() {
    local session token dir answers distinct tokens
    session=$(new_user "tabs-$RANDOM$RANDOM") token=$(jq -r .refresh_token <<<"$session")
    dir=$(mktemp -d)
    seq 12 | xargs -P 12 -I{} curl -s -o "$dir/{}" -H 'Content-Type: application/json' -d "{\"refresh_token\":\"$token\"}" \
        "$base_url/api/v1/auth/refresh"
    answers=$(jq -r .refresh_token "$dir"/* | grep -c '^rt_')
    distinct=$(jq -r .refresh_token "$dir"/* | sort -u | wc -l)
    tokens=$(token_sql "$token" '(select count(*) from auth.refresh_tokens x where x.session_id = refresh_tokens.session_id)')
    if [[ $answers == 12 && $distinct == 1 && $tokens == 2 ]]; then
        ok "twelve refreshes at the same moment get one new token"
    else
        bad "twelve refreshes at the same moment: $answers tokens, $distinct distinct, $tokens rows; $(head -c 300 "$dir/1")"
    fi
    token=$(jq -r .access_token "$dir/1")
    sleep 2.1 # longer than an edge trusts what it knows
    answers=$(status_of GET "$port" "$token" /api/v1/auth/me)
    if [[ $answers == 200 ]]; then ok "and the session goes on"; else bad "after them the session answered $answers"; fi
    rm -rf "$dir"
}

# The successor is kept sealed, for as long as it may be asked for again.
refresh_sealed() {
    local session first second kept
    session=$(new_user "sealed-$RANDOM$RANDOM") first=$(jq -r .refresh_token <<<"$session")
    second=$(refresh_body "$first" | jq -r .refresh_token)
    kept=$(token_sql "$first" "box is not null, position('$second'::bytea in box) + position('$first'::bytea in box)")
    if [[ $kept == 't|0' ]]; then ok "the successor of a used refresh token is kept sealed"; else bad "of the successor is kept: $kept"; fi
    token_age "$first" 11
    for _ in {1..60}; do
        kept=$(token_sql "$first" 'box is null')
        [[ $kept == t ]] && break
        sleep 0.1
    done
    if [[ $kept == t ]]; then ok "and erased after its ten seconds"; else bad "the sealed successor is not erased"; fi
}

# After ten seconds the second use of a token ends the family.
refresh_late() {
    local session first second status
    session=$(new_user "late-$RANDOM$RANDOM") first=$(jq -r .refresh_token <<<"$session")
    second=$(refresh_body "$first" | jq -r .refresh_token)
    token_age "$first" 9
    status=$(refresh_body "$first" | jq -r .refresh_token)
    if [[ $status == "$second" ]]; then ok "nine seconds later a refresh token gives the same successor"; else bad "nine seconds later: $status"; fi
    token_age "$first" 2
    status="$(refresh_status "$first") $(refresh_status "$second")"
    if [[ $status == '401 401' ]]; then ok "eleven seconds later it ends the family"; else bad "eleven seconds later: $status"; fi
}

# A replica of the version before exchanges tokens by refresh_rotate() until it is replaced.
refresh_before() {
    local session first status
    session=$(new_user "before-$RANDOM$RANDOM") first=$(jq -r .refresh_token <<<"$session")
    status=$(sql chatsphere_auth auth "select outcome from auth.refresh_rotate(sha256('$first'), sha256('next of $first'), now() + interval '1 day')")
    status+=" $(refresh_status "next of $first")"
    if [[ $status == 'rotated 200' ]]; then ok "a token of a replica of the version before goes on"; else bad "a token of the version before: $status"; fi
}

# auth_mode [open|invite|closed]: auth starts again in this registration mode
auth_mode() {
    restart_with auth ${1:+"CHATSPHERE_REGISTRATION=$1"}
}

registering() { # [invitation]: the status and the detail
    local name=mode-$RANDOM$RANDOM
    api POST "$port" '' /api/v1/auth/register "{\"username\":\"$name\",\"email\":\"$name@example.org\",\"password\":\"correct horse battery\"${1:+,\"invitation\":\"$1\"}}" |
        jq -sr '"\(.[1]) \(.[0].detail // .[0].workspace.role)"'
}

admin_token() {
    body_of POST "$port" '' /api/v1/auth/login "{\"username\":\"admin\",\"password\":\"$(<"$state/secrets/admin.password")\"}" | jq -r .access_token
}

shows() { # <what> <expected> <seen>
    if [[ $3 == "$2" ]]; then ok "$1"; else bad "$1: '$3' instead of '$2'"; fi
}

registration_options() { body_of GET "$port" '' /api/v1/auth/options | jq -r .registration; }

# A code that many use at the same moment admits one.
invitation_race() { # <code>
    local admitted
    # shellcheck disable=SC2016
    admitted=$(seq 8 | xargs -P 8 -I{} curl -s -o /dev/null -w '%{http_code}\n' -H 'Content-Type: application/json' \
        -d "{\"username\":\"race-{}-$RANDOM\",\"email\":\"race-{}-$RANDOM@example.org\",\"password\":\"correct horse battery\",\"invitation\":\"$1\"}" \
        "$base_url/api/v1/auth/register" | sort | uniq -c | awk '{ print $1 "x" $2 }' | tr '\n' ' ')
    shows "of eight registrations with one code at the same moment one is admitted" '1x201 7x403 ' "$admitted"
}

registration_modes() {
    local token code
    auth_mode invite
    token=$(admin_token)
    code=$(body_of POST "$port" "$token" /api/v1/admin/invitations '{}' | jq -r .code)
    shows "a sign-in page learns that an invitation is needed" invite "$(registration_options)"
    shows "without an invitation nobody registers" '403 Registration needs an invitation. Ask the staff of this platform for one.' "$(registering)"
    shows "nor with a guessed code" '403 The invitation is invalid.' "$(registering inv_guessed)"
    shows "with an invitation somebody does" '201 owner' "$(registering "$code")"
    shows "once" '403 The invitation is invalid.' "$(registering "$code")"
    code=$(body_of POST "$port" "$token" /api/v1/admin/invitations '{}' | jq -r .code)
    sql postgres owner "update auth.platform_invitations set expires_at = now() where hash = sha256('$code')"
    shows "nor with an expired one" '403 The invitation is invalid.' "$(registering "$code")"
    invitation_race "$(body_of POST "$port" "$token" /api/v1/admin/invitations '{}' | jq -r .code)"
    code=$(body_of POST "$port" "$token" /api/v1/admin/invitations '{}' | jq -r .code)
    auth_mode closed
    shows "a sign-in page learns that registration is closed" closed "$(registration_options)"
    shows "then nobody registers, invited or not" '403 Registration is closed on this platform.' "$(registering "$code")"
    shows "and people sign in as before" 200 "$(status_of GET "$port" "$(admin_token)" /api/v1/auth/me)"
    auth_mode
    shows "without the setting anyone registers" '201 owner' "$(registering)"
}

# Nobody takes the name or the address of the first administrator, although no row has them yet.
first_names_reserved() {
    local name=first-$RANDOM$RANDOM field body
    sql postgres owner "update auth.users set username = 'was-admin', email = 'was-admin@example.org' where username = 'admin'" >/dev/null
    for field in username email; do
        body="{\"username\":\"$name\",\"email\":\"$name@example.org\",\"password\":\"correct horse battery\"}"
        if [[ $field == username ]]; then body=${body/"$name"/Admin}; else body=${body/"$name@example.org"/Admin@ChatSphere.local}; fi
        shows "the $field of the first administrator is reserved" "409 $field" \
            "$(body_of POST "$port" '' /api/v1/auth/register "$body" | jq -r '"\(.status) \(.errors[0].field)"')"
    done
    sql postgres owner "update auth.users set username = 'admin', email = 'admin@chatsphere.local' where username = 'was-admin'" >/dev/null
}

# An ended session is refused by every edge, with its access token.
session_ended() {
    local session token id
    session=$(new_user "ended-$RANDOM$RANDOM") token=$(jq -r .access_token <<<"$session")
    second_edge
    warm "$token" /api/v1/auth/me
    id=$(body_of GET "$port" "$token" /api/v1/auth/sessions | jq -r '.items[] | select(.current).id')
    shows "a device is signed out" 204 "$(status_of DELETE "$port" "$token" "/api/v1/auth/sessions/$id")"
    refused_within "a device that was signed out, at another edge" "$second_port" "$token" /api/v1/auth/me
    refused_within "a device that was signed out, at this edge" "$port" "$token" /api/v1/auth/me
    second_edge_stop
}

accounts() {
    scale_auth 2
    refresh_together
    scale_auth 1
    refresh_sealed
    refresh_late
    refresh_before
    session_ended
    first_names_reserved
    registration_modes
}
