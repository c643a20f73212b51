# smoke.sh <address>: registers a user (or signs in as admin with $ADMIN_PASSWORD), makes a bot, uploads a document, asks
# a question, reads the answer as a stream and deletes the bot. The exit status is 0 if all of it worked.
# shellcheck shell=sh
set -eu
base=$1 tmp=${TMPDIR:-/tmp} token=''

smoke_fail() {
    echo "smoke: $*" >&2
    exit 1
}

# smoke_call <method> <path> [curl arguments...]: the answer, or the end of the test with its problem
smoke_call() {
    method=$1 path=$2
    shift 2
    status=$(curl -sS --max-time 60 -X "$method" -o "$tmp/answer" -w '%{http_code}' "$base$path" ${token:+-H "Authorization: Bearer $token"} "$@")
    case $status in 2*) cat "$tmp/answer" ;; *) smoke_fail "$method $path: $status $(cat "$tmp/answer")" ;; esac
}

smoke_post() { smoke_call POST "$1" -H 'Content-Type: application/json' -d "$2"; }

smoke_sign_in() {
    name=smoke-$(date +%s)-$$
    if [ -n "${ADMIN_PASSWORD:-}" ]; then
        smoke_post /api/v1/auth/login "$(jq -n --arg p "$ADMIN_PASSWORD" '{username: "admin", password: $p}')"
    else
        smoke_post /api/v1/auth/register "{\"username\":\"$name\",\"email\":\"$name@example.org\",\"password\":\"pw-$name-$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')\"}"
    fi
}

# smoke_await <bot> <document>: until the document is ready
smoke_await() {
    tries=0
    while :; do
        state=$(smoke_call GET "/api/v1/bots/$1/documents/$2" | jq -r .status)
        case $state in ready) return ;; failed | cancelled) smoke_fail "the document is $state" ;; esac
        tries=$((tries + 1))
        [ "$tries" -lt 120 ] || smoke_fail "the document is $state after 120 looks"
        sleep 1
    done
}

token=$(smoke_sign_in | jq -r .access_token)
case $token in '' | null) smoke_fail "there is no access token" ;; esac
echo "smoke: signed in"
bot=$(smoke_post /api/v1/bots '{"name":"Smoke test"}' | jq -r .id)
trap 'smoke_call DELETE "/api/v1/bots/$bot" >/dev/null' EXIT
printf 'The lighthouse of Brigmore was built in 1871 and is painted green.\n' >"$tmp/lighthouse.txt"
document=$(smoke_call POST "/api/v1/bots/$bot/documents" -F "file=@$tmp/lighthouse.txt;type=text/plain" | jq -r .document.id)
smoke_await "$bot" "$document"
echo "smoke: uploaded a document"
conversation=$(smoke_post /api/v1/conversations "{\"bot_id\":\"$bot\"}" | jq -r .id)
curl -sSN --max-time 60 -o "$tmp/stream" "$base/api/v1/conversations/$conversation/messages" -H "Authorization: Bearer $token" \
    -H 'Accept: text/event-stream' -H 'Content-Type: application/json' -d '{"content":"When was the lighthouse of Brigmore built?"}'
grep -q '^event: end' "$tmp/stream" || smoke_fail "the stream has no end: $(head -c 2000 "$tmp/stream")"
grep -q 1871 "$tmp/stream" || smoke_fail "the answer does not say 1871: $(head -c 2000 "$tmp/stream")"
echo "smoke: asked, and read the answer as a stream"
