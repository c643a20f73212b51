# shellcheck shell=bash disable=SC2034
# What the tools of the local stack share: where things are, and how to say them. Sourced.
PATH=$PATH:/usr/sbin # nats-server; not on every user's path
umask 077            # logs, credentials and data are for the user of the stack alone
root=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
state=${CHATSPHERE_STATE:-$root/.run}
[[ $state == /* ]] || state=$root/$state
bin=${CHATSPHERE_BIN:-$root/build/release/bin}
port=${CHATSPHERE_PORT:-8080}
nats_port=${CHATSPHERE_NATS_PORT:-4222}
base_url=http://127.0.0.1:$port
web_dir=$root/build/web # what tools/web has built, or the API pages as they are
if [[ ! -e $web_dir/index.html ]]; then web_dir=$root/services/edge/web; fi
pg_bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)

# A Unix socket's path may have 107 bytes; where the state folder is too deep the socket is an
# abstract one, which has no path (its name is bound to the folder).
pg_socket=$state/sock
if ((${#pg_socket} > 80)); then
    pg_socket=@chatsphere-$(printf '%s' "$state" | sha256sum | cut -c1-16)
fi

# The services behind the edge in order of start, and the secrets of each process as SETTING=file, from
# the topology; none before the programs are built.
services=()
declare -A secrets_of=()
if [[ -x $bin/chatsphere ]]; then
    while IFS=$'\t' read -r _ process _ _ _ secrets; do
        secrets_of[$process]=${secrets#-}
        if [[ $process != edge ]]; then services+=("$process"); fi
    done < <("$bin/chatsphere" topology)
fi

say() { printf 'stack: %s\n' "$*"; }
die() {
    printf 'stack: %s\n' "$*" >&2
    exit 1
}

alive() { [[ -n ${1:-} ]] && kill -0 "$1" 2>/dev/null; }
pid_of() { cat "$state/pids/$1" 2>/dev/null || true; }
running() { alive "$(pid_of supervisor)"; }

# The same of a supervisor that has begun: it holds the lock, so its pid is not one that another process was given since.
supervised() { running && [[ -e $state/lock ]] && ! flock -n "$state/lock" true; }

# ready <name>: does the process answer, with all it needs?
ready() {
    case $1 in
    postgres) "$pg_bin/pg_isready" -q -h "$pg_socket" -d chatsphere ;;
    nats) (exec 3<>"/dev/tcp/127.0.0.1/$nats_port") 2>/dev/null ;;
    *)
        local addr
        addr=$(cat "$state/admin/$1" 2>/dev/null) &&
            curl -fs -o /dev/null --max-time 1 "http://$addr/readyz"
        ;;
    esac
}

# program_of <process>: chat of chat-2, the second process of chat
program_of() { echo "${1%-[2-9]}"; }

# port_of <edge>: that of edge-2 is the next one
port_of() {
    local i=${1##*-}
    if [[ $1 == edge ]]; then i=1; fi
    echo $((port + i - 1))
}

pg_url() { # <user> <secret> [<database>]
    printf 'postgresql://%s:%s@/%s?host=%s' "$1" "$(<"$state/secrets/pg/$2")" "${3:-chatsphere}" "${pg_socket//@/%40}"
}

# Schemas, roles, streams and consumers are made, or brought up to date.
migrate() {
    CHATSPHERE_PG_URL=$(pg_url postgres owner) CHATSPHERE_PG_PASSWORDS=$state/secrets/pg \
        CHATSPHERE_NATS_URL=nats://127.0.0.1:$nats_port CHATSPHERE_NATS_CREDS=$state/nats/creds/ops.creds \
        "$bin/chatsphere" migrate
}

# service_pg_url <schema>: through the pooler whose address stands in $state/pooler, if there is one
service_pg_url() {
    local url
    url=$(pg_url "chatsphere_$1" "$1")
    if [[ -e $state/pooler ]]; then url=${url%%@/*}@$(<"$state/pooler")/chatsphere; fi
    printf '%s' "$url"
}

# service_env <process>: its settings into ${env[@]}. They hold the names of its own secrets, and no other's.
service_env() {
    local name schema secret folder
    name=$(program_of "$1")
    schema=${name//-/_}
    env=(CHATSPHERE_NATS_URL="nats://127.0.0.1:$nats_port" CHATSPHERE_NATS_CREDS="$state/nats/creds/$schema.creds"
        CHATSPHERE_ADMIN_ADDR=127.0.0.1:0 CHATSPHERE_ADMIN_FILE="$state/admin/$1")
    if [[ -e $state/secrets/pg/$schema ]]; then
        service_pg_url "$schema" >"$state/secrets/url-$1.new"
        mv "$state/secrets/url-$1.new" "$state/secrets/url-$schema"
        env+=(CHATSPHERE_PG_URL_FILE="$state/secrets/url-$schema")
    fi
    for secret in ${secrets_of[$name]//,/ }; do
        folder=$state/secrets
        if [[ $secret == *.creds ]]; then folder=$state/nats/creds; fi
        env+=("CHATSPHERE_${secret%%=*}_FILE=$folder/${secret#*=}")
    done
    if [[ $name == bot-store ]]; then
        env+=(CHATSPHERE_PUBLIC_URL="${CHATSPHERE_PUBLIC_URL:-http://localhost:$port}")
    fi
    if [[ $name == edge ]]; then
        env+=(CHATSPHERE_PORT="$(port_of "$1")" CHATSPHERE_LISTEN="${CHATSPHERE_LISTEN:-127.0.0.1}"
            CHATSPHERE_SPILL_DIR="$state/spill" CHATSPHERE_WEB_DIR="${CHATSPHERE_WEB_DIR:-$web_dir}")
    fi
    # settings of one process alone, a line each
    if [[ -e $state/env/$1 ]]; then mapfile -t -O "${#env[@]}" env <"$state/env/$1"; fi
}

# no_quotas: every plan without limits, for one workspace that works like many
no_quotas() {
    PGPASSWORD=$(<"$state/secrets/pg/owner") "$pg_bin/psql" -q -h "$pg_socket" -U postgres -d chatsphere -c 'update auth.plans set
        (max_documents, max_document_bytes, max_messages, max_tokens, max_public_messages_day, max_public_messages) =
        (null, null, null, null, null, null)'
}
